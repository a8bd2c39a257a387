import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { DecisionModel, settleDecisionRecord } from '../../src/records/decision.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const ANSWER = { action: 'approve', answered_by: 'ann', answered_through: 'api' } as const;

test('an answer after the decision expired is refused, also while no worker is there to mark it so', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: { when: 'after', expires_in: '10m' } }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid, partition_key } = await session.pendingDecision();
  await session.status('wait_for_user_input');
  // The workflow believes in its own timer: the record is as it is while its worker is away.
  await DecisionModel.updateOne({ _id: decision_uuid, partition_key }, { $set: { expires_at: new Date(Date.now() - 1) } });
  await expect(answerDecisionRecord({ partition_key, decision_uuid }, ANSWER)).rejects.toMatchObject({
    code: 'decision.not_pending', message: expect.stringContaining('expired at'), extra: { decision_status: 'expired' },
  });
  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  const refused = await eventually(async () => (await session.events()).find((event) => event.event_type === 'decision.refused'), (event) => event !== undefined);
  expect(refused!.message).toContain('expired at');
  await session.handle.signal('cancel');
  await session.ended();
  expect((await session.decisions())[0]).toMatchObject({ status: 'cancelled', action: null });
});

test('a process that stopped between an answer and its event leaves neither the caller nor the record without it', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid, partition_key } = await session.pendingDecision();
  const answer_uuid = uuidv7();
  expect((await settleDecisionRecord({ partition_key, decision_uuid }, { ...ANSWER, answer_uuid })).won).toBe(true);
  // The same try again hears that it counted; the same words from elsewhere are another answer, which did not.
  expect(await answerDecisionRecord({ partition_key, decision_uuid }, { ...ANSWER, answer_uuid })).toMatchObject({ status: 'answered', action: 'approve' });
  for (const other of [{}, { answer_uuid: uuidv7() }]) {
    await expect(answerDecisionRecord({ partition_key, decision_uuid }, { ...ANSWER, ...other })).rejects.toMatchObject({ code: 'decision.not_pending', message: expect.stringContaining('by ann') });
  }
  await session.handle.signal('decision_changed', { decision_uuid });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.eventTypes()).filter((type) => type === 'decision.answered')).toHaveLength(1);
  expectGaplessEvents(await session.events());
});

test('a worker that stopped between an expiry and its event leaves that to the next attempt', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: { when: 'after', expires_in: '10m', default_action: 'approve' } }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid, partition_key } = await session.pendingDecision();
  await settleDecisionRecord({ partition_key, decision_uuid }, { expired: true });
  await session.handle.signal('decision_changed', { decision_uuid });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.eventTypes()).filter((type) => type === 'decision.expired')).toHaveLength(1);
  expectGaplessEvents(await session.events());
});
