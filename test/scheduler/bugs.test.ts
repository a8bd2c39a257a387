import { expect, test } from '@jest/globals';
import { RECORD_CALLS } from '../../src/scheduler/advance.ts';
import type { Command } from '../../src/scheduler/commands.ts';
import type { SchedulerEvent, TryAgain } from '../../src/scheduler/events.ts';
import { PROVIDER_REST_MS, STEP_TIME_MS, STRETCH_MS } from '../../src/scheduler/rest.ts';
import { sessionStatus } from '../../src/scheduler/session-status.ts';
import { wakeAt } from '../../src/scheduler/time.ts';
import { drive, ERROR, node, type DrivenSession } from './session-driver.ts';

const USAGE = { input_tokens: 3, output_tokens: 2, cost_nano_usd: 1 };
const never = (decision_uuid: string) => ({ decision_uuid, expires_at: null });

test('a step that completed with a question after the session was cancelled kept the session waiting for a person', () => {
  const { task } = drive([node('a')]);
  task([]);
  expect(task([{ type: 'stopped', why: 'cancelled' }])).toEqual([{ type: 'cancel_running' }]);
  expect(task([{ type: 'step_completed', instance: 0, decision: never('d') }])).toEqual([
    { type: 'record', instance: 0, state: 'cancelled', notes: 'Cancelled with its session.' },
    { type: 'finish', status: 'cancelled', error: null },
  ]);
});

test('a completion that was told twice was paid for twice', () => {
  const { state, task } = drive([node('a'), node('b')]);
  task([]);
  const completed: SchedulerEvent = { type: 'step_completed', instance: 0, usage: USAGE };
  task([completed, completed, { type: 'step_failed', instance: 0, error: ERROR, usage: USAGE }]);
  expect(state.usage).toEqual(USAGE);
});

test('a step that was cancelled from outside let its session end as completed', () => {
  const { task } = drive([node('a'), node('b', [0])]);
  task([]);
  const commands = task([{ type: 'step_cancelled', instance: 0 }]);
  expect(commands.map((command) => (command.type === 'record' ? command.state : command.type))).toEqual(['cancelled', 'skipped', 'finish']);
  expect(commands.at(-1)).toMatchObject({ status: 'failed', error: { step: 'a' } });
});

test('a session that ran out of time had no error', () => {
  const { task } = drive([node('a')], { timeout_ms: 1_000 });
  task([]);
  task([{ type: 'time_passed' }], { now: 1_000 });
  expect(task([{ type: 'step_failed', instance: 0, error: ERROR }], { now: 1_001 }).at(-1)).toMatchObject({ type: 'finish', status: 'timeout', error: { code: 'session.timeout' } });
});

test('a cancel in the task in which the last step completed made a completed session a cancelled one', () => {
  const { task } = drive([node('a')]);
  task([]);
  expect(task([{ type: 'step_completed', instance: 0 }, { type: 'stopped', why: 'cancelled' }])).toEqual([{ type: 'finish', status: 'completed', error: null }]);
});

test('a signal about the decision __proto__ broke the session', () => {
  const { state, task } = drive([node('a')]);
  const strays = ['__proto__', 'constructor', 'x'.repeat(1_000_000)].map((decision_uuid): SchedulerEvent => ({ type: 'decision_changed', decision_uuid }));
  expect(task([...strays, ...strays], { budget: 0 })).toEqual([]);
  expect(state.early_answers).toEqual(['__proto__', 'constructor']);
  expect(({} as { settling?: number }).settling).toBeUndefined();
});

test('a session waited for a person while another question was on its way to one', () => {
  const { state, task } = drive([node('a', [], { b: 1 }), node('b', [], { b: 1 })]);
  task([]);
  task([{ type: 'decision_asked', instance: 0, decision: never('d0') }]);
  expect(sessionStatus(state)).toBe('in_progress');
  task([{ type: 'decision_asked', instance: 1, decision: never('d1') }]);
  expect(sessionStatus(state)).toBe('wait_for_user_input');
});

test('a question was not asked while max_parallel steps ran', () => {
  const { task } = drive([node('a'), node('b', [], { b: 1 })], { max_parallel: 1 });
  expect(task([])).toEqual([{ type: 'ask', instance: 1 }, { type: 'launch', instance: 0 }]);
});

test('thousands of decisions that expired together put more activities into one task than a workflow may have', () => {
  const size = 3_000;
  const { task } = drive(Array.from({ length: size }, (_, index) => node(`n${index}`)), { max_parallel: 500 });
  for (let first = 0; first < size; first += 100) {
    const launched = task([]).map((command) => ('instance' in command ? command.instance : -1));
    task(launched.map((instance) => ({ type: 'step_completed', instance, decision: { decision_uuid: `d${instance}`, expires_at: 1_000 } })), { budget: 0 });
  }
  let inFlight = task([{ type: 'time_passed' }], { now: 1_000, budget: 500 });
  let settled = 0;
  while (inFlight.length > 0 && inFlight[0]!.type === 'settle') {
    expect(inFlight.length).toBeLessThanOrEqual(RECORD_CALLS);
    settled += inFlight.length;
    inFlight = task(inFlight.flatMap((command): SchedulerEvent[] => (command.type === 'settle' && command.expire ? [{ type: 'decision_settled', decision_uuid: command.decision_uuid, outcome: { kind: 'go_on' } }] : [])), { now: 1_000, budget: 500 });
  }
  expect(settled).toBe(size);
  expect(inFlight).toEqual([{ type: 'finish', status: 'completed', error: null }]);
});

test('decisions that expired a moment apart each took a timer of their own', () => {
  const size = 50;
  const { state, task } = drive(Array.from({ length: size }, (_, index) => node(`n${index}`, [], { b: 1 })));
  task([]);
  task(Array.from({ length: size }, (_, instance) => ({ type: 'decision_asked', instance, decision: { decision_uuid: `d${instance}`, expires_at: 5_001 + instance } })));
  expect(wakeAt(state)).toBe(6_000);
  expect(task([{ type: 'time_passed' }], { now: 6_000 })).toHaveLength(size);
});

/** Stretches of tries on end, each `stretch` ms long, until the step ends or `most` have been. Answers when it ended, or null. */
function stretches({ state, task }: DrivenSession, { stretch, again, most = 100, from = 0 }: { stretch: number; again: TryAgain; most?: number; from?: number }): { ended_at: number | null; rests: number[] } {
  let now = from;
  const rests: number[] = [];
  for (let made = 0; made < most; made += 1) {
    now += stretch;
    const commands = task([{ type: 'step_failed', instance: 0, error: ERROR, again }], { now });
    if (commands.some(({ type }) => type === 'finish')) return { ended_at: now, rests };
    rests.push(wakeAt(state)! - now);
    now = wakeAt(state)!;
    expect(task([{ type: 'time_passed' }], { now })).toEqual([{ type: 'launch', instance: 0 }] satisfies Command[]);
  }
  return { ended_at: null, rests };
}

test('an engine that was down for hours failed every step in flight', () => {
  const driven = drive([node('a')]);
  driven.task([]);
  const hours = 5 * STEP_TIME_MS;
  expect(stretches(driven, { stretch: hours, again: { tried: true }, most: 1 })).toEqual({ ended_at: null, rests: [PROVIDER_REST_MS] });
  driven.task([{ type: 'step_completed', instance: 0 }], { now: hours + PROVIDER_REST_MS });
  expect(driven.state).toMatchObject({ finished: 1, first_error: null, used_ms: {}, launched_at: {} });
});

test('a step that no worker came to used up its time', () => {
  const driven = drive([node('a')]);
  driven.task([]);
  expect(stretches(driven, { stretch: STRETCH_MS, again: { tried: false } })).toEqual({ ended_at: null, rests: new Array(100).fill(PROVIDER_REST_MS) });
  const { ended_at } = stretches(driven, { stretch: STRETCH_MS, again: { tried: true }, from: driven.state.launched_at[0]! });
  expect(ended_at).not.toBeNull();
});

test('a vendor that stays away is tried for the time of its step, however short or long the stretches are', () => {
  for (const [stretch, longest] of [[0, STEP_TIME_MS], [STRETCH_MS, STEP_TIME_MS + STRETCH_MS], [STEP_TIME_MS, 5 * STEP_TIME_MS]] as const) {
    const driven = drive([node('a')]);
    driven.task([]);
    const { ended_at } = stretches(driven, { stretch, again: { tried: true } });
    expect(ended_at).toBeGreaterThanOrEqual(STEP_TIME_MS - PROVIDER_REST_MS);
    expect(ended_at).toBeLessThanOrEqual(longest);
  }
});

test('a vendor that asked to be left alone for half an hour was tried again after a minute', () => {
  const driven = drive([node('a')]);
  driven.task([]);
  const wish = STEP_TIME_MS / 2;
  // The second wish is longer than the time that is left: one last try comes at its end.
  expect(stretches(driven, { stretch: 0, again: { tried: true, after_ms: wish } })).toEqual({ ended_at: STEP_TIME_MS, rests: [wish, wish] });
});
