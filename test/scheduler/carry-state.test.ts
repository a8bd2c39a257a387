import { expect, test } from '@jest/globals';
import { CARRIED_CHARACTERS, carryState, resumeState } from '../../src/scheduler/carry-state.ts';
import type { SchedulerEvent } from '../../src/scheduler/events.ts';
import { drive, node } from './session-driver.ts';

const EXPIRES_AT = 1_795_277_327_483;

function uuidOf(instance: number): string {
  return `01a1fedd-1a86-735e-bb06-${String(instance).padStart(12, '0')}`;
}

/** A session in which each of `size` steps waits for a person. */
function waitingForPeople(size: number) {
  const driven = drive(Array.from({ length: size }, (_, index) => node(`n${index}`, [], { b: 1 })));
  for (let asked = 0; asked < size; ) {
    const asks = driven.task([]).filter((command) => command.type === 'ask');
    expect(asks.length).toBeGreaterThan(0);
    asked += asks.length;
    driven.task(asks.map(({ instance }): SchedulerEvent => ({ type: 'decision_asked', instance, decision: { decision_uuid: uuidOf(instance), expires_at: instance % 2 === 0 ? EXPIRES_AT : null } })), { budget: 0 });
  }
  return driven;
}

test('a state comes out of a continue-as-new as it went in', () => {
  const { state, task } = waitingForPeople(7);
  const unknown = uuidOf(99);
  task([1, 3].map((instance): SchedulerEvent => ({ type: 'decision_changed', decision_uuid: uuidOf(instance) })).concat({ type: 'decision_changed', decision_uuid: unknown }, { type: 'paused' }), { budget: 0 });
  const resumed = resumeState(JSON.parse(JSON.stringify(carryState(state))));
  expect(resumed).toEqual({ ...state, to_ask: { items: [], head: 0 } });
  expect(resumed.to_settle.items).toEqual([uuidOf(1), uuidOf(3)]);
  expect(resumed.early_answers).toEqual([unknown]);
});

test('10,000 decisions that all wait and all were answered are carried in 1 MB', () => {
  const { state, task } = waitingForPeople(10_000);
  for (const decision of Object.values(state.decisions)) decision.expires_at = EXPIRES_AT;
  task(Array.from({ length: 10_000 }, (_, instance): SchedulerEvent => ({ type: 'decision_changed', decision_uuid: uuidOf(instance) })), { budget: 0 });
  expect(state.to_settle.items).toHaveLength(10_000);
  expect(JSON.stringify(state).length).toBeGreaterThan(CARRIED_CHARACTERS);
  expect(JSON.stringify(carryState(state)).length).toBeLessThan(CARRIED_CHARACTERS);
});

test('a state of a newer worker is refused', () => {
  const { state } = drive([node('a')]);
  expect(() => resumeState({ ...carryState(state), state_version: 2 } as never)).toThrow('newer worker');
});
