import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { compactPlan } from '../../src/plan/compact-plan.ts';
import { loadPlan } from '../../src/records/plan.ts';
import { CARRIED_CHARACTERS, carryState } from '../../src/scheduler/carry-state.ts';
import { drive } from '../scheduler/session-driver.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { crossRuns } from './fill-history.ts';
import { startSession, type StartedSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

const STEPS = 10;
const ACTIVITY_INPUT_BYTES = 2 * 1024;

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** A chain in which each agent reads what the one before it wrote. */
function chain(step: (index: number) => Partial<TestAgent>): TestAgent[] {
  return Array.from({ length: STEPS }, (_, index) => ({ name: `Agent ${index}`, ...(index === 0 ? {} : { after: [`Agent ${index - 1}`] }), ...step(index) }));
}

/** Whatever a history holds as bytes, payloads above all. */
function bytesIn(thing: unknown): Uint8Array[] {
  if (ArrayBuffer.isView(thing)) return [thing as Uint8Array];
  return typeof thing === 'object' && thing !== null ? Object.values(thing).flatMap(bytesIn) : [];
}

/** A history as text, with its payloads readable. */
function textOf(history: History): string {
  return JSON.stringify(history) + bytesIn(history).map((bytes) => Buffer.from(bytes).toString('latin1')).join('\n');
}

function activityInputs(history: History): number[] {
  return (history.events ?? []).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    return scheduled == null ? [] : [(scheduled.input?.payloads ?? []).reduce((sum, payload) => sum + (payload.data?.length ?? 0), 0)];
  });
}

function payloadBytes(history: History): number {
  return bytesIn(history).reduce((sum, bytes) => sum + bytes.length, 0);
}

async function historyOf(session: StartedSession): Promise<History> {
  expect(await session.ended()).toMatchObject({ status: 'completed' });
  return session.handle.fetchHistory();
}

test('what the history holds of a step does not depend on the size of its output', async () => {
  const payloads: number[] = [];
  const sizes: number[] = [];
  for (const output_bytes of [1_000, 100_000]) {
    const session = await startSession(worker, chain(() => ({ script: [{ output_bytes }] })));
    payloads.push(payloadBytes(await historyOf(session)));
    const { historySize } = await session.handle.describe();
    sizes.push(historySize! / STEPS);
    expect((await session.runs()).map((run) => run.usage!.output_tokens > output_bytes / 20)).toEqual(Array(STEPS).fill(true));
  }
  // The digits of the tokens, and how the events fell into workflow tasks, are all that may differ.
  expect(payloads[0]!).toBeGreaterThan(0);
  expect(Math.abs(payloads[0]! - payloads[1]!) / STEPS).toBeLessThan(50);
  expect(Math.abs(sizes[0]! - sizes[1]!)).toBeLessThan(400);
  expect(sizes[1]!).toBeLessThan(2_500);
});

test('instructions, queries, outputs and answers of people stand in no history, and no activity takes over 2 KB', async () => {
  const large = (marker: string, bytes: number) => `${marker} ${'lorem ipsum '.repeat(bytes / 12)}${marker}`;
  const agents = chain((index) => ({
    overrides: { instructions: large('MARKED_INSTRUCTIONS', 50_000) },
    script: [{ text: large('MARKED_OUTPUT', 300_000) }],
    ...(index === 1 ? { action: { user_in_the_loop: { when: 'before', question: 'MARKED_QUESTION' } } } : {}),
    ...(index === 2 ? { action: { user_in_the_loop: true } } : {}),
  }));
  const session = await startSession(worker, agents, { task_query: large('MARKED_QUERY', 2 * 1024 * 1024) });
  const asked = await session.pendingDecision('Agent 1');
  await session.handle.signal('user_input', { session_agent_uuid: asked.session_agent_uuid, user_input: 'SEEN_ANSWER' });
  await session.handle.signal('answer_decision', { decision_uuid: (await session.pendingDecision('Agent 2'))._id, action: 'approve' });
  const history = await historyOf(session);
  const text = textOf(history);
  expect(text.includes('MARKED')).toBe(false);
  // The search is able to find: what a person typed into a signal stands there.
  expect(text.includes('SEEN_ANSWER')).toBe(true);
  expect((await session.agent('Agent 1')).user_input).toBe('SEEN_ANSWER');
  const inputs = activityInputs(history);
  expect(inputs.length).toBeGreaterThan(STEPS);
  expect(Math.max(...inputs)).toBeLessThan(ACTIVITY_INPUT_BYTES);
  // A page of the plan is the largest thing in it.
  expect(payloadBytes(history)).toBeLessThan(20_000);
});

test('a state that has grown too large fails its session cleanly, instead of having the server terminate it', async () => {
  const agents: TestAgent[] = [
    { name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
    { name: 'Printer', after: ['Author'] },
  ];
  const session = await startSession(worker, agents);
  const { _id: decision_uuid } = await session.pendingDecision();
  await session.handle.terminate('The test goes on with a state of its own.');
  const row = await session.row();
  const nodes = compactPlan(await loadPlan(worker.partition_key, row.plan_hash), () => false);
  const { state, task } = drive(nodes);
  task([]);
  task([{ type: 'step_completed', instance: 0, decision: { decision_uuid, expires_at: null } }]);
  const carried = { state: { ...carryState(state), early_answers: ['x'.repeat(CARRIED_CHARACTERS)] }, coordination_name: 'test', answers: 0, refusals: [], changes: 0, status: 'wait_for_user_input', runs: 1 };
  await worker.client.workflow.start('session', {
    workflowId: session.workflow_id,
    taskQueue: worker.task_queue,
    args: [{ partition_key: session.partition_key, session_uuid: session.session_uuid, carried }],
  });
  // It has to continue as new, and cannot.
  await crossRuns(session).catch(() => undefined);
  const ended = await session.ended();
  expect(ended.status).toBe('failed');
  expect(JSON.parse(ended.error_json!)).toMatchObject({ code: 'session.state_too_large' });
  expect((await session.handle.describe()).status.name).toBe('FAILED');
  expect((await session.agents()).map(({ state: agentState }) => agentState)).toEqual(['cancelled', 'cancelled']);
  expect((await session.decisions())[0]!.status).toBe('cancelled');
  expectGaplessEvents(await session.events());
});
