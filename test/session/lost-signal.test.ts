import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';
import { reconcileAt } from './reconcile-at.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('an answer whose signal was lost is told again by the reconciler', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid } = await session.pendingDecision();
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action: 'approve', answered_by: null, answered_through: 'api' });
  await reconcileAt(worker, Date.now());
  // A moment after the answer its signal may still be under way.
  expect((await session.decisions())[0]!.applied_at).toBeNull();
  await reconcileAt(worker, Date.now() + 6_000);
  expect((await session.ended()).status).toBe('completed');
  expect((await session.decisions())[0]!.applied_at).toBeInstanceOf(Date);
});
