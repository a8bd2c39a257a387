import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('a decision that expires takes its default action', async () => {
  const session = await startSession(worker, [
    { name: 'Author', action: { user_in_the_loop: { when: 'after', expires_in: '1s', default_action: 'approve' } }, script: [{ text: 'draft' }] },
    { name: 'Printer', after: ['Author'], script: [{ text: 'printed' }] },
  ]);
  expect((await session.ended()).status).toBe('completed');
  expect((await session.decisions())[0]).toMatchObject({ status: 'expired', answered_through: 'expiry', applied_at: expect.any(Date) });
  expect(await session.agent('Author')).toMatchObject({ state: 'completed', notes: expect.stringContaining('expired') });
  expect(await session.eventTypes()).toContain('decision.expired');
});

test('without a default action the agent fails, and before an agent ran it never runs', async () => {
  const session = await startSession(worker, [
    { name: 'Author', action: { user_in_the_loop: { when: 'before', expires_in: '1s' } } },
    { name: 'Printer', after: ['Author'] },
  ]);
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'decision.expired', step: 'Author' });
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['failed', 'skipped']);
  expect(await session.calls()).toEqual([]);
  expectGaplessEvents(await session.events());
});

test('an expired decision takes no answer, and an answered one does not expire', async () => {
  const loop = { when: 'after', expires_in: '2s', default_action: 'reject' };
  const session = await startSession(worker, [
    { name: 'Answered', action: { user_in_the_loop: loop }, script: [{ text: 'a' }] },
    { name: 'Expires', action: { user_in_the_loop: loop }, script: [{ text: 'b' }] },
  ]);
  const answered = await session.pendingDecision('Answered');
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid: answered._id }, { action: 'approve', answered_by: null, answered_through: 'api' });
  // Its signal is lost: the expiry finds the answer and takes that.
  const row = await session.ended();
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'decision.rejected', step: 'Expires' });
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'failed']);
  const expired = (await session.decisions()).find((decision) => decision._id !== answered._id)!;
  expect(expired.status).toBe('expired');
  await expect(
    answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid: expired._id }, { action: 'approve', answered_by: null, answered_through: 'api' }),
  ).rejects.toMatchObject({ code: 'decision.not_pending' });
});
