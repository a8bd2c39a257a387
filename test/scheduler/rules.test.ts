import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance } from '../../src/scheduler/advance.ts';
import { apply } from '../../src/scheduler/apply.ts';
import type { SchedulerEvent } from '../../src/scheduler/events.ts';
import { graphOf } from '../../src/scheduler/graph.ts';
import { play, replay, USAGE, type Played } from './simulate.ts';
import { scenarios, type Scenario } from './scenario.ts';

const RUNS = 700;

/** Nodes that lie behind one of these, however far. */
function behind({ nodes }: Scenario, from: Set<number>): Set<number> {
  const reached = new Set<number>();
  for (let more = true; more; ) {
    more = false;
    nodes.forEach(({ p }, node) => {
      if (reached.has(node) || !p.some((before) => from.has(before) || reached.has(before))) return;
      reached.add(node);
      more = true;
    });
  }
  return reached;
}

function endsOf({ oracle }: Played): string[] {
  return oracle.instances.map(({ node, end }) => `${node}:${end}`);
}

test('whatever happens, a session keeps every rule in every task and comes to one end', () => {
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const played = play(scenario);
      expect(played.commands.flat().filter(({ type }) => type === 'finish')).toHaveLength(1);
      expect(played.oracle.instances.every(({ end }) => end !== null)).toBe(true);
      expect(played.state.usage.input_tokens).toBe(played.oracle.usage);
      expect(played.state.usage.output_tokens * USAGE.input_tokens).toBe(played.oracle.usage * USAGE.output_tokens);
    }),
    { numRuns: RUNS * 2 },
  );
});

test('a failure skips exactly what lies behind it, and everything else completes', () => {
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const { oracle } = play({ ...scenario, controls: false, timeout_ms: null });
      const broken = new Set(oracle.instances.filter(({ end }) => end === 'failed' || end === 'cancelled').map(({ node }) => node));
      const skipped = behind(scenario, broken);
      if (scenario.planner >= 0 && broken.has(scenario.planner)) return;
      for (const { node, end } of oracle.instances) {
        if (skipped.has(node)) expect(end).toBe('skipped');
        else if (!broken.has(node)) expect(end).toBe('completed');
      }
    }),
    { numRuns: RUNS },
  );
});

test('a session that nothing disturbs completes every instance of every node', () => {
  fc.assert(
    fc.property(scenarios(14), (scenario) => {
      const played = play({ ...scenario, failures: false, controls: false, timeout_ms: null });
      expect(endsOf(played).sort()).toEqual(scenario.counts.flatMap((count, node) => Array<string>(count).fill(`${node}:completed`)).sort());
      expect(played.oracle.finish).toEqual({ type: 'finish', status: 'completed', error: null });
    }),
    { numRuns: RUNS / 2 },
  );
});

test('any prefix of the events, replayed, gives the same commands, also through continue-as-new at any moment', () => {
  fc.assert(
    fc.property(scenarios(), fc.nat(), fc.nat(), (scenario, prefix, carried) => {
      const { tasks, commands, state } = play(scenario);
      expect(replay(scenario, tasks, () => true)).toEqual({ commands, state });
      const length = prefix % (tasks.length + 1);
      const part = replay(scenario, tasks.slice(0, length), (task) => task === carried % tasks.length);
      expect(part.commands).toEqual(commands.slice(0, length));
    }),
    { numRuns: RUNS },
  );
});

test('late and repeated news of what has ended changes nothing', () => {
  fc.assert(
    fc.property(scenarios(), (scenario) => {
      const { tasks, state } = play(scenario);
      const graph = graphOf(scenario.nodes);
      const now = tasks.at(-1)!.now;
      const seen = { ...JSON.parse(JSON.stringify(state)), early_answers: [] };
      for (const event of tasks.flatMap(({ events }): SchedulerEvent[] => events)) {
        if (event.type === 'paused') continue;
        expect(apply(graph, state, { event, now })).toEqual([]);
        expect(advance(graph, state, { now, budget: 100 })).toEqual([]);
      }
      expect({ ...JSON.parse(JSON.stringify(state)), early_answers: [], paused: seen.paused }).toEqual(seen);
    }),
    { numRuns: RUNS / 2 },
  );
});
