import fc from 'fast-check';
import type { CompactNode } from '../../src/plan/compact-plan.ts';

/** A session to play: its plan, how many instances each node has, and the numbers that every choice in it is made of. */
export interface Scenario {
  nodes: CompactNode[];
  /** Instances of each node, once the planner (where there is one) has said so. */
  counts: number[];
  /** The node that plans the others, or -1. */
  planner: number;
  /** By node: a person looks at the output. */
  after: boolean[];
  /** By node: milliseconds until its decision expires, or null for never. */
  expires_in_ms: Array<number | null>;
  max_parallel: number;
  timeout_ms: number | null;
  /** Whether pause, cancel, time-out and breakdown happen. */
  controls: boolean;
  /** Whether steps fail. */
  failures: boolean;
  choices: number[];
}

const EXPIRIES = [null, null, 1, 500, 5_000, 600_000];

/** Plans of at most `most` nodes; predecessors are drawn in a shuffled order, so that index order says nothing. */
export function scenarios(most = 9): fc.Arbitrary<Scenario> {
  return fc.integer({ min: 1, max: most }).chain((size) =>
    fc
      .record({
        order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: size * 2 }),
        counts: fc.array(fc.nat(4), { minLength: size, maxLength: size }),
        asks: fc.array(fc.constantFrom('no', 'no', 'before', 'after'), { minLength: size, maxLength: size }),
        expires_in_ms: fc.array(fc.constantFrom(...EXPIRIES), { minLength: size, maxLength: size }),
        plans: fc.boolean(),
        max_parallel: fc.integer({ min: 1, max: 8 }),
        timeout_ms: fc.constantFrom(null, null, 1_000, 300_000, 7_200_000),
        controls: fc.boolean(),
        failures: fc.boolean(),
        choices: fc.array(fc.nat(0xffff), { maxLength: 250 }),
      })
      .map(({ order, edges, asks, counts, plans, ...rest }): Scenario => {
        const predecessors: number[][] = order.map(() => []);
        for (const [one, other] of edges) {
          const from = order[Math.min(one, other)]!;
          const to = order[Math.max(one, other)]!;
          if (one !== other && !predecessors[to]!.includes(from)) predecessors[to]!.push(from);
        }
        const planner = plans ? order[0]! : -1;
        const nodes = predecessors.map((p, node): CompactNode => ({
          n: `n${node}`,
          p,
          ...(node === planner ? { l: 1 as const } : {}),
          ...(asks[node] === 'before' ? { b: 1 as const } : {}),
        }));
        return { ...rest, nodes, planner, counts: counts.map((count, node) => (node === planner ? 1 : count)), after: asks.map((when) => when === 'after') };
      }),
  );
}
