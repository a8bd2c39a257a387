import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { holdActivities } from './hold-activities.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
const holds = holdActivities();
beforeAll(async () => {
  worker = await startTestWorker({ activityInterceptors: holds.activityInterceptors });
});
afterAll(() => worker.stop());

const WAYS = {
  signal: (session: StartedSession) => session.handle.signal('cancel'),
  ui: async (session: StartedSession) => void (await session.handle.cancel()),
};

const CANCEL_REQUESTED = 3;

/** Waits until the workflow has asked its activity to stop. */
async function askedToStop(session: StartedSession): Promise<void> {
  const pending = async () => (await session.handle.describe()).raw.pendingActivities ?? [];
  await eventually(pending, (activities) => activities.some((activity) => activity.state === CANCEL_REQUESTED));
}

test('a running call is cancelled by the signal and by the cancel of the Temporal UI alike', async () => {
  for (const [way, cancel] of Object.entries(WAYS)) {
    const session = await startSession(worker, [
      { name: 'Done', script: [{ text: 'done' }] },
      { name: 'Silent', after: ['Done'], script: [{ hang: true }] },
      { name: 'Talks', after: ['Done'], script: [{ chunk_ms: 50, text: 'word '.repeat(5_000) }] },
      { name: 'Asks', after: ['Done'], action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
      { name: 'Later', after: ['Silent'] },
    ]);
    await session.pendingDecision('Asks');
    await eventually(session.agents, (agents) => agents.filter((agent) => agent.state === 'in_progress').length === 2);
    await cancel(session);
    expect(await session.ended()).toMatchObject({ status: 'cancelled', error_json: null });
    expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'cancelled', 'cancelled', 'cancelled', 'cancelled']);
    for (const agent of (await session.agents()).slice(1)) expect(agent).toMatchObject({ notes: expect.stringMatching(/^Cancelled/), ended_at: expect.any(Date) });
    expect((await session.decisions()).map((decision) => decision.status)).toEqual(['cancelled']);
    expect((await session.handle.describe()).status.name).toBe(way === 'ui' ? 'CANCELLED' : 'COMPLETED');
    const events = await session.events();
    expectGaplessEvents(events);
    expect(events.filter((event) => event.event_type === 'agent.cancelled')).toHaveLength(4);
  }
});

test('a cancel that comes when the last step has stored its output, but not told it, loses nothing of the step', async () => {
  for (const cancel of Object.values(WAYS)) {
    const held = holds.hold('callModel', 'after');
    const session = await startSession(worker, [{ name: 'Last', script: [{ text: 'the output' }] }]);
    await held.reached;
    await cancel(session);
    await askedToStop(session);
    held.release();
    expect((await session.ended()).status).toBe('cancelled');
    expect(await session.agent('Last')).toMatchObject({ state: 'completed', agent_output: 'the output' });
    expectGaplessEvents(await session.events());
  }
});

test('a cancel that comes while the session ends changes nothing', async () => {
  for (const where of ['before', 'after'] as const) {
    for (const cancel of Object.values(WAYS)) {
      const held = holds.hold('endSession', where);
      const session = await startSession(worker, [{ name: 'Only', script: [{ text: 'the output' }] }]);
      await held.reached;
      await cancel(session);
      held.release();
      expect(await session.ended()).toMatchObject({ status: 'completed', output_json: '"the output"' });
      expect((await session.handle.describe()).status.name).toBe('COMPLETED');
      expectGaplessEvents(await session.events());
    }
  }
});

test('a cancel before the session has begun, and one of an ended session', async () => {
  for (const cancel of Object.values(WAYS)) {
    const held = holds.hold('beginSession', 'before');
    const session = await startSession(worker, [{ name: 'Only', script: [{ text: 'the output' }] }]);
    await held.reached;
    await cancel(session);
    held.release();
    expect((await session.ended()).status).toBe('cancelled');
    expect((await session.agent('Only')).state).toBe('cancelled');
    expect(await session.calls()).toEqual([]);
    expectGaplessEvents(await session.events());
    const before = [await session.row(), await session.agents(), await session.events()];
    await expect(session.handle.signal('cancel')).rejects.toThrow(WorkflowNotFoundError);
    expect([await session.row(), await session.agents(), await session.events()]).toEqual(before);
  }
});

test('a cancel while a question is on its way, an answer is read, or a plan is carried out leaves nothing open', async () => {
  const plan = { json: { subtask_queries: [{ agent_name: 'Asks', subtask_query: 'x' }, { agent_name: 'Later', subtask_query: 'y' }] } };
  for (const activity of ['expandSession', 'askDecision', 'settleDecision']) {
    for (const where of ['before', 'after'] as const) {
      const held = holds.hold(activity, where);
      const session = await startSession(worker, [
        { name: 'Planner', type: 'planning', script: [plan] },
        { name: 'Asks', action: { user_in_the_loop: 'before' } },
        { name: 'Later', after: ['Asks'] },
      ]);
      if (activity === 'settleDecision') {
        const { _id: decision_uuid } = await session.pendingDecision('Asks');
        await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
      }
      await held.reached;
      await session.handle.signal('cancel');
      await eventually(async () => (await session.handle.describe()).raw.pendingWorkflowTask, (task) => task == null);
      held.release();
      expect((await session.ended()).status).toBe('cancelled');
      const agents = await session.agents();
      expect(agents.map((agent) => [activity, where, agent.agent_name, agent.state])).toEqual(
        agents.map(({ agent_name }) => [activity, where, agent_name, agent_name === 'Planner' ? 'completed' : 'cancelled']),
      );
      expect((await session.decisions()).filter((decision) => decision.status === 'pending')).toEqual([]);
      const events = await session.events();
      expectGaplessEvents(events);
      expect(events.filter((event) => event.event_type === 'agent.cancelled')).toHaveLength(agents.length - 1);
    }
  }
});
