import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { SessionModel } from '../../src/records/session.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { listedAsEnded, reconcileAt } from './reconcile-at.ts';
import { createSession, startSession, type StartedSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** One agent done, one in its call, one that asks, one that waits for them. */
const TEAM: TestAgent[] = [
  { name: 'Done', script: [{ text: 'done' }] },
  { name: 'Busy', after: ['Done'], script: [{ hang: true }] },
  { name: 'Asks', after: ['Done'], action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
  { name: 'Later', after: ['Busy', 'Asks'] },
];

/** Later than a session may be without a workflow. */
const later = (): number => Date.now() + 11_000;

async function startTeam(): Promise<StartedSession> {
  const session = await startSession(worker, TEAM);
  await session.pendingDecision('Asks');
  await eventually(() => session.agent('Busy'), (agent) => agent.state === 'in_progress');
  return session;
}

async function expectSettled(session: StartedSession, message: string): Promise<void> {
  const row = await session.row();
  expect(row).toMatchObject({ status: 'failed', ended_at: expect.any(Date) });
  expect(JSON.parse(row.error_json!)).toEqual({ code: 'session.workflow_lost', message });
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'cancelled', 'cancelled', 'cancelled']);
  // What it has cost until then is not lost with the workflow that would have added it up.
  expect(row.usage.input_tokens).toBe((await session.runs()).reduce((sum, run) => sum + run.usage.input_tokens, 0));
  expect(row.usage.input_tokens).toBeGreaterThan(0);
  expect((await session.agent('Busy')).notes).toBe(message);
  expect((await session.decisions()).map((decision) => decision.status)).toEqual(['cancelled']);
  expectGaplessEvents(await session.events());
}

test('a workflow terminated from outside ends its session in one pass of the reconciler', async () => {
  const session = await startTeam();
  await session.handle.terminate('test');
  await listedAsEnded(worker, session.workflow_id);
  await reconcileAt(worker, Date.now());
  await reconcileAt(worker, later());
  await expectSettled(session, 'The workflow of the session was terminated from outside.');
  const settled = [await session.row(), await session.agents(), await session.events()];
  // The call that ran hears of its end by its heartbeat, and a second pass finds nothing to do.
  await reconcileAt(worker, later());
  expect([await session.row(), await session.agents(), await session.events()]).toEqual(settled);
});

test('a workflow deleted from outside ends its session in one pass of the reconciler', async () => {
  const session = await startTeam();
  await worker.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId: session.workflow_id } });
  const gone = (): Promise<boolean> => session.handle.describe().then(() => false, (error: unknown) => error instanceof WorkflowNotFoundError);
  await eventually(gone, (is) => is);
  await listedAsEnded(worker, session.workflow_id);
  await reconcileAt(worker, later());
  await expectSettled(session, 'The workflow of the session was deleted.');
});

test('a session that never got its workflow is started under its own id, once it has waited for that', async () => {
  const session = await createSession(worker, [{ name: 'Only', script: [{ text: 'done' }] }]);
  await reconcileAt(worker, Date.now());
  await expect(session.handle.describe()).rejects.toThrow(WorkflowNotFoundError);
  await Promise.all([reconcileAt(worker, later()), reconcileAt(worker, later())]);
  expect((await session.ended()).status).toBe('completed');
  expect(await session.runs()).toHaveLength(1);
  expectGaplessEvents(await session.events());
});

test('a running session, however old, is left alone', async () => {
  const session = await startSession(worker, [{ name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  await session.status('wait_for_user_input');
  const before = [await session.row(), await session.agents(), await session.events()];
  await reconcileAt(worker, Date.now() + 86_400_000);
  expect([await session.row(), await session.agents(), await session.events()]).toEqual(before);
  await session.handle.signal('cancel');
  expect((await session.ended()).status).toBe('cancelled');
});

test('a session that cannot be reconciled keeps no other one waiting', async () => {
  const hopeless = await createSession(worker, [{ name: 'Only' }], { workflow_id: 'x'.repeat(1_100) });
  const session = await createSession(worker, [{ name: 'Only', script: [{ text: 'done' }] }]);
  await reconcileAt(worker, later());
  expect((await session.ended()).status).toBe('completed');
  expect((await hopeless.row()).status).toBe('initial');
  await SessionModel.deleteOne({ _id: (await hopeless.row())._id, partition_key: worker.partition_key });
});

test('an ended session that is still listed as running, under a run before its last, is not opened again', async () => {
  // The list lags by some milliseconds: one of several is met in that time.
  const sessions = await Promise.all(Array.from({ length: 8 }, () => startSession(worker, [{ name: 'Only', script: [{ text: 'done' }] }])));
  await Promise.all(sessions.map(async (session) => {
    await session.handle.result();
    // As after a continue-as-new: the record knows a later run than the list.
    await SessionModel.updateOne({ session_uuid: session.session_uuid, partition_key: session.partition_key }, { $set: { run_id: uuidv7() } });
    await reconcileAt(worker, Date.now());
  }));
  for (const session of sessions) {
    expect((await session.row()).status).toBe('completed');
    expect(await session.eventTypes()).not.toContain('session.reopened');
  }
});
