import { expect, test } from '@jest/globals';
import type { SchedulerEvent } from '../../src/scheduler/events.ts';
import { graphOf } from '../../src/scheduler/graph.ts';
import { currentDetails } from '../../workflows/current-details.ts';
import { drive, node } from './session-driver.ts';

test('every decision was put into words at every event, though twenty are shown', () => {
  const size = 1_000;
  const nodes = Array.from({ length: size }, (_, index) => node(`n${index}`, [], { b: 1 }));
  const { state, task } = drive(nodes);
  for (let asked = 0; asked < size; asked += 100) {
    const asks = task([]).flatMap((command): SchedulerEvent[] => (command.type === 'ask' ? [{ type: 'decision_asked', instance: command.instance, decision: { decision_uuid: `d${command.instance}`, expires_at: null } }] : []));
    expect(asks).toHaveLength(100);
    task(asks, { budget: 0 });
  }
  let looked = 0;
  state.decisions = new Proxy(state.decisions, {
    get(decisions, uuid) {
      looked += 1;
      return Reflect.get(decisions, uuid);
    },
  });
  const details = currentDetails(graphOf(nodes), state, { coordination_name: 'wide', refusals: [] });
  expect(details).toContain('Waiting for a person (1000):\n- n0, before it runs: decision `d0`\n');
  expect(details).toContain('- n19, before it runs: decision `d19`\n- and 980 more');
  expect(looked).toBe(20);
});
