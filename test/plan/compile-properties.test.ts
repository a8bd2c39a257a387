import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile } from '../../src/plan/compile.ts';
import type { AgentActions } from '../../src/plan/definition.ts';
import { findCycles } from '../../src/plan/find-cycles.ts';
import { planHash } from '../../src/plan/plan-hash.ts';
import { known, named } from './fixture-agents.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Predecessor lists of a random DAG whose nodes are then shuffled, so that index order says nothing. */
const dag = fc.integer({ min: 1, max: 25 }).chain((size) => fc.record({
  order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
  edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 80 }),
})).map(({ order, edges }) => {
  const predecessors: number[][] = order.map(() => []);
  for (const [one, other] of edges) {
    if (one === other) continue;
    const from = order[Math.min(one, other)]!;
    const to = order[Math.max(one, other)]!;
    if (!predecessors[to]!.includes(from)) predecessors[to]!.push(from);
  }
  return predecessors;
});

function definitionOf(predecessors: number[][]) {
  const names = predecessors.map((_, index) => `n${index}`);
  const agent_actions: AgentActions = Object.fromEntries(names.map((name, index) => [name, { predecessors: predecessors[index]!.map((from) => names[from]!) }]));
  return { definition: { agents: named(...names), agent_actions }, options: { known_agents: names.map((name) => known(name)) } };
}

function isReachable(predecessors: number[][], from: number, to: number): boolean {
  const seen = new Set([to]);
  const open = [to];
  while (open.length > 0) for (const predecessor of predecessors[open.pop()!]!) if (!seen.has(predecessor)) { seen.add(predecessor); open.push(predecessor); }
  return seen.has(from);
}

test('every DAG compiles, and keeps its edges', () => {
  fc.assert(fc.property(dag, (predecessors) => {
    const { definition, options } = definitionOf(predecessors);
    expect(compile(definition, options).plan?.nodes.map((node) => node.predecessors)).toEqual(predecessors);
  }));
});

test('a back edge gives a cycle problem whose members wait for each other in that order', () => {
  fc.assert(fc.property(dag, fc.nat(), fc.nat(), (predecessors, one, other) => {
    const pairs = predecessors.flatMap((list, to) => list.map((from) => [from, to] as const));
    fc.pre(pairs.length > 0);
    const [, start] = pairs[one % pairs.length]!;
    const ancestors = predecessors.map((_, node) => node).filter((node) => node !== start && isReachable(predecessors, node, start));
    const back = ancestors[other % ancestors.length]!;
    predecessors[back]!.push(start);

    const { definition, options } = definitionOf(predecessors);
    const problems = compile(definition, options).problems!;
    expect(problems.map((problem) => problem.code)).toEqual(['plan.cycle']);
    const named = [...problems[0]!.message.matchAll(/"n(\d+)"/g)].map((match) => Number(match[1]));
    expect(named.length).toBeGreaterThanOrEqual(3);
    expect(named.at(-1)).toBe(named[0]);
    expect(new Set(named).size).toBe(named.length - 1);
    for (let position = 1; position < named.length; position++) expect(predecessors[named[position]!]).toContain(named[position - 1]);
  }));
});

test('cycles apart from each other are each reported', () => {
  expect(findCycles([[1], [0, 3], [3], [2], [4], [2, 0]]).map((cycle) => [...cycle].sort())).toEqual(expect.arrayContaining([[0, 1], [2, 3]]));
});

test('the same definition with its keys in another order has the same hash, another definition has not', () => {
  fc.assert(fc.property(dag, fc.infiniteStream(fc.nat()), (predecessors, random) => {
    const { definition, options } = definitionOf(predecessors);
    const shuffled = shuffleKeys({ ...definition, agents: definition.agents.map((agent) => ({ ...agent, config: { b: 1, a: { d: [1], c: 2 } } })) }, random);
    const straight = { ...definition, agents: definition.agents.map((agent) => ({ ...agent, config: { a: { c: 2, d: [1] }, b: 1 } })) };
    const hash = planHash(compile(straight, options).plan!, sha256);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(planHash(compile(shuffled, options).plan!, sha256)).toBe(hash);
    straight.agents[0]!.config.b = 2;
    expect(planHash(compile(straight, options).plan!, sha256)).not.toBe(hash);
  }), { numRuns: 50 });
});

function shuffleKeys<T>(value: T, random: IterableIterator<number>): T {
  if (Array.isArray(value)) return value.map((item) => shuffleKeys(item, random)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map((entry) => [random.next().value as number, entry] as const).sort(([a], [b]) => a - b);
  return Object.fromEntries(entries.map(([, [key, child]]) => [key, shuffleKeys(child, random)])) as T;
}
