import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SessionModel } from '../../src/records/session.ts';
import { listedAsEnded, reconcileAt } from './reconcile-at.ts';
import { resetToStart } from './reset-to-start.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const later = (): number => Date.now() + 11_000;
const LOST = { code: 'session.workflow_lost', message: 'The workflow of the session was terminated from outside.' };

/** A session as a process leaves it that stops after the first write of its settlement. */
async function cutSettlement(): Promise<StartedSession> {
  const session = await startSession(worker, [
    { name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
    { name: 'Last', after: ['Asks'], script: [{ text: 'done' }] },
  ]);
  await session.pendingDecision('Asks');
  await session.status('wait_for_user_input');
  await session.handle.terminate('test');
  await listedAsEnded(worker, session.workflow_id);
  await SessionModel.updateOne(
    { session_uuid: session.session_uuid, partition_key: session.partition_key },
    { $set: { status: 'failed', error_json: JSON.stringify(LOST), settling: true, ended_at: new Date() } },
  );
  return session;
}

test('a settlement that was cut short after its first write is finished by the reconciler', async () => {
  const session = await cutSettlement();
  // Another process may be at it still.
  await reconcileAt(worker, Date.now());
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['wait_for_user_input', 'initial']);
  await reconcileAt(worker, later());
  expect((await session.agents()).map((agent) => [agent.state, agent.notes])).toEqual([['cancelled', LOST.message], ['cancelled', LOST.message]]);
  expect((await session.decisions()).map((decision) => decision.status)).toEqual(['cancelled']);
  const last = (await session.events()).at(-1)!;
  expect([last.event_type, JSON.parse(last.data_json)]).toEqual(['session.ended', { status: 'failed', error: LOST }]);
  expect(await session.row()).not.toHaveProperty('settling');

  const settled = [await session.row(), await session.agents(), await session.events()];
  await reconcileAt(worker, later());
  expect([await session.row(), await session.agents(), await session.events()]).toEqual(settled);
});

test('a settlement that was cut short does not end the session again that a reset opened', async () => {
  const session = await cutSettlement();
  await resetToStart(worker, session);
  const decision = await session.pendingDecision('Asks');
  await session.status('wait_for_user_input');
  await reconcileAt(worker, later());
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'completed']);
  const types = await session.eventTypes();
  expect(types.filter((type) => type === 'session.ended' || type === 'session.reopened')).toEqual(['session.ended', 'session.reopened', 'session.ended']);
});
