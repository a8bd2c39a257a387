import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import type { EventRow } from '../../src/records/event.ts';
import { loadPlan } from '../../src/records/plan.ts';
import { SessionAgentModel } from '../../src/records/session-agent.ts';
import { countingVendor, type CountingVendor, type VendorReply } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { listedAsEnded, reconcileAt } from './reconcile-at.ts';
import { createSession, startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
let vendor: CountingVendor;
/** What the vendor says to an agent's nth request; a promise holds it. */
let script: Record<string, (number: number) => VendorReply | Promise<VendorReply>> = {};
beforeAll(async () => {
  vendor = await countingVendor(({ agent_name, number }) => script[agent_name]?.(number) ?? { text: `${agent_name} ${number}` });
  Object.assign(process.env, vendor.env);
  worker = await startTestWorker();
});
afterAll(async () => {
  await worker.stop();
  await vendor.close();
});

const COUNTED = { model: 'openai/counted' };

/** Resets the workflow to its first task, as in the Temporal UI: everything that came after is done again. */
async function resetToStart(session: StartedSession, reapply: 'all' | 'none' = 'all'): Promise<void> {
  const workflowExecution = { workflowId: session.workflow_id, runId: (await session.handle.describe()).runId };
  const { history } = await worker.client.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution: workflowExecution });
  const first = history!.events!.find((event) => event.workflowTaskCompletedEventAttributes != null)!;
  await worker.client.workflowService.resetWorkflowExecution({
    namespace: 'default', workflowExecution, reason: 'test', requestId: `${session.session_uuid}-${Date.now()}`,
    workflowTaskFinishEventId: first.eventId!, resetReapplyType: reapply === 'all' ? 3 : 2,
  });
}

/** Numbered without a gap, each end followed by a reopening but for the last. */
function expectTwoEnds(events: EventRow[]): void {
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  const types = events.map((event) => event.event_type);
  expect(types.filter((type) => type === 'session.ended')).toHaveLength(2);
  expect(types[types.indexOf('session.ended') + 1]).toBe('session.reopened');
  expect(types.at(-1)).toBe('session.ended');
}

test('after a reset in mid-session the session goes on, and stored responses are used again', async () => {
  let finish = (): void => undefined;
  script = { Second: (number) => (number === 1 ? new Promise((resolve) => void (finish = () => resolve({}))) : { text: 'again' }) };
  vendor.requests.length = 0;
  const session = await startSession(worker, [
    { name: 'First', overrides: COUNTED },
    { name: 'Second', after: ['First'], overrides: COUNTED },
    { name: 'Third', after: ['Second'], overrides: COUNTED },
  ]);
  await eventually(async () => vendor.requests, (requests) => requests.includes('Second'));
  await resetToStart(session);
  expect((await session.ended()).status).toBe('completed');
  finish();
  expect(vendor.requestsOf('First')).toBe(1);
  expect(vendor.requestsOf('Second')).toBe(2);
  expect((await session.agents()).map((agent) => [agent.state, agent.agent_output])).toEqual([['completed', 'First 1'], ['completed', 'again'], ['completed', 'Third 1']]);
  expect((await session.row()).run_id).toBe((await session.handle.describe()).runId);
  expect((await session.eventTypes()).at(-1)).toBe('session.ended');
});

test('a failed session is mended by a reset: only what failed, and what it kept from running, is called', async () => {
  script = { Second: (number) => (number === 1 ? { status: 401 } : { text: 'mended' }) };
  vendor.requests.length = 0;
  const session = await startSession(worker, [
    { name: 'First', overrides: COUNTED },
    { name: 'Second', after: ['First'], overrides: COUNTED },
    { name: 'Third', after: ['Second'], overrides: COUNTED },
  ]);
  expect((await session.ended()).status).toBe('failed');
  await resetToStart(session);
  expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null, output_json: '"Third 1"' });
  expect(vendor.requests).toEqual(['First', 'Second', 'Second', 'Third']);
  const agents = await session.agents();
  expect(agents.map((agent) => [agent.state, agent.error_json])).toEqual([['completed', null], ['completed', null], ['completed', null]]);
  expectTwoEnds(await session.events());
});

test('after a reset a decision that was answered is not asked again, whether or not its signal comes again', async () => {
  script = {};
  for (const reapply of ['all', 'none'] as const) {
    vendor.requests.length = 0;
    const session = await startSession(worker, [
      { name: 'Asks', overrides: COUNTED, action: { user_in_the_loop: 'before' } },
      { name: 'Shows', after: ['Asks'], overrides: COUNTED, action: { user_in_the_loop: true } },
      { name: 'Last', after: ['Shows'], overrides: COUNTED },
    ]);
    const asks = await session.pendingDecision('Asks');
    await session.handle.signal('user_input', { session_agent_uuid: asks.session_agent_uuid, user_input: 'in green' });
    const shows = await session.pendingDecision('Shows');
    await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid: shows._id }, { action: 'answer', input: 'shorter', answered_by: 'ann', answered_through: 'api' });
    await session.handle.signal('decision_changed', { decision_uuid: shows._id });
    expect((await session.ended()).status).toBe('completed');
    const before = (await session.agents()).map(({ agent_name, state, agent_input, agent_output, user_input }) => ({ agent_name, state, agent_input, agent_output, user_input }));

    await resetToStart(session, reapply);
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    expect(vendor.requests).toEqual(['Asks', 'Shows', 'Last']);
    expect(await session.agents()).toMatchObject(before);
    expect(await session.eventTypes()).not.toContain('decision.refused');
    expectTwoEnds(await session.events());
  }
});

test('a stored answer is used again only for the same request, and who continues the thread sees the one that was used', async () => {
  script = {};
  vendor.requests.length = 0;
  const session = await startSession(worker, [
    { name: 'First', overrides: COUNTED },
    { name: 'Second', after: ['First'], overrides: COUNTED },
    { name: 'Third', after: ['Second'], action: { primary_path: true }, script: [{ echo: true }] },
  ]);
  expect((await session.ended()).status).toBe('completed');
  const { _id, partition_key } = await session.agent('Second');
  for (const [subtask_query, answer] of [['Do something else.', 'Second 2'], ['Do it.', 'Second 1']] as const) {
    await SessionAgentModel.updateOne({ _id, partition_key }, { $set: { subtask_query } });
    await resetToStart(session);
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    expect(await session.agent('Second')).toMatchObject({ agent_input: expect.stringContaining(subtask_query), agent_output: answer });
    const third = await session.agent('Third');
    // As the thread's last answer, and as the output of its predecessor.
    expect(third.agent_output!.match(/Second \d/g)).toEqual([answer, answer]);
  }
  expect(vendor.requests).toEqual(['First', 'Second', 'Second']);
});

test('after a reset a session runs with the agents that it pinned, though they are gone', async () => {
  script = { Gone: (number) => (number === 1 ? { status: 401 } : { text: 'mended' }) };
  const session = await createSession(worker, [{ name: 'Gone', overrides: { instructions: undefined, model: undefined, config: undefined } }]);
  const { agent_uuid } = (await loadPlan(worker.partition_key, (await session.row()).plan_hash)).nodes[0]!;
  const Agents = mongoose.models.AgentModel!;
  const now = new Date();
  await Agents.create({
    _id: agent_uuid, agent_uuid, agent_name: 'Gone', partition_key: worker.partition_key, agent_type: 'task', role: 'worker', instructions: 'You are Gone.', ...COUNTED,
    config: '{}', metadata: '{}', state: 'idle', version: 1, created_at: now, updated_at: now,
  });
  await worker.client.workflow.start('session', { workflowId: session.workflow_id, taskQueue: worker.task_queue, args: [{ partition_key: session.partition_key, session_uuid: session.session_uuid }] });
  expect((await session.ended()).status).toBe('failed');
  await Agents.deleteOne({ _id: agent_uuid, partition_key: worker.partition_key });
  await resetToStart(session);
  expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null, output_json: '"mended"' });
});

test('a session that was settled while it asked asks again after a reset, and takes the answer', async () => {
  script = {};
  for (const when of ['before', 'after']) {
    vendor.requests.length = 0;
    const session = await startSession(worker, [
      { name: 'Asks', overrides: COUNTED, action: { user_in_the_loop: when } },
      { name: 'Last', after: ['Asks'], overrides: COUNTED },
    ]);
    await session.pendingDecision('Asks');
    await session.status('wait_for_user_input');
    await session.handle.terminate('test');
    await listedAsEnded(worker, session.workflow_id);
    await reconcileAt(worker, Date.now() + 11_000);
    expect((await session.agents()).map((agent) => agent.state)).toEqual(['cancelled', 'cancelled']);

    await resetToStart(session);
    const decision = await session.pendingDecision('Asks');
    await eventually(() => session.agent('Asks'), (agent) => agent.state === 'wait_for_user_input');
    await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'answer', input: 'in green' });
    expect((await session.ended()).status).toBe('completed');
    expect(await session.agents()).toMatchObject([{ state: 'completed', user_input: 'in green' }, { state: 'completed' }]);
    expect(vendor.requests).toEqual(['Asks', 'Last']);
    expectTwoEnds(await session.events());
  }
});
