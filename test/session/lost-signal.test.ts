import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { tellAnswers } from '../../src/operations/tell-answers.ts';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { DecisionModel, type DecisionRow } from '../../src/records/decision.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';
import { reconcileAt } from './reconcile-at.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const tellAt = (now: number): Promise<void> => tellAnswers({ temporal: worker.client, log: pino({ level: 'silent' }), now });

/** A decision that was answered at `answered_at` (ms), of a workflow that may not be there. */
function untold(workflow_id: string, answered_at: number): DecisionRow {
  const [_id, session_uuid, other] = [uuidv7(), uuidv7(), uuidv7()];
  const at = new Date(answered_at);
  return {
    _id, partition_key: worker.partition_key, session_uuid, coordination_uuid: other, session_agent_uuid: other, agent_uuid: other, workflow_id, kind: 'approval', status: 'answered',
    question: '', allowed_actions: ['approve'], input_schema_json: null, default_action: null, expires_at: null, action: 'approve', input_json: null, comment: null,
    answered_by: null, answered_through: 'api', answered_at: at, answer_uuid: null, tell_at: at, applied_at: null, created_at: at, updated_at: at,
  };
}

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
  // What was not told when it was answered is told when the session takes it.
  expect((await session.eventTypes()).filter((type) => type === 'decision.answered')).toHaveLength(1);
});

test('a session that no worker runs is told of its answer with growing pauses: its history takes 10,000 signals', async () => {
  const handle = await worker.client.workflow.start('session', { workflowId: `untold/${uuidv7()}`, taskQueue: `nobody-${uuidv7()}`, args: [{ partition_key: worker.partition_key, session_uuid: uuidv7() }] });
  const answered_at = Date.now();
  const { _id } = await DecisionModel.create(untold(handle.workflowId, answered_at));
  const times: number[] = [];
  for (let now = answered_at; now < answered_at + 3_600_000; now += 5_000) {
    const before = await DecisionModel.findOne({ _id, partition_key: worker.partition_key }).lean<DecisionRow>();
    await tellAt(now);
    const after = await DecisionModel.findOne({ _id, partition_key: worker.partition_key }).lean<DecisionRow>();
    if (after!.tell_at!.getTime() !== before!.tell_at!.getTime()) times.push((now - answered_at) / 1_000);
  }
  expect(times).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_240, 1_840, 2_440, 3_040]);
  const { events } = await handle.fetchHistory();
  expect(events!.filter((event) => event.workflowExecutionSignaledEventAttributes != null)).toHaveLength(times.length);
  await handle.terminate();
  // Nobody is left to be told.
  await tellAt(answered_at + 7_200_000);
  expect((await DecisionModel.findOne({ _id, partition_key: worker.partition_key }).lean<DecisionRow>())!.applied_at).not.toBeNull();
});

test('sessions that cannot be told, however many, keep no other one from being told', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid } = await session.pendingDecision();
  const now = Date.now();
  // Longer than a workflow id may be, and answered before.
  await DecisionModel.insertMany(Array.from({ length: 500 }, () => untold('x'.repeat(1_100), now - 60_000)));
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action: 'approve', answered_by: null, answered_through: 'api' });
  await tellAt(now + 20_000);
  await tellAt(now + 20_000);
  expect((await session.ended()).status).toBe('completed');
  await DecisionModel.deleteMany({ partition_key: worker.partition_key, workflow_id: 'x'.repeat(1_100) });
});
