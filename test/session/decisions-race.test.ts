import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('of answers that come at the same moment exactly one counts, whichever way they come', async () => {
  for (let round = 0; round < 3; round += 1) {
    const session = await startSession(worker, [
      { name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
      { name: 'Holder', action: { user_in_the_loop: true }, script: [{ text: 'x' }] },
    ]);
    const { _id: decision_uuid, session_agent_uuid } = await session.pendingDecision('Author');
    const rest = (action: 'approve' | 'reject', answered_by: string) =>
      answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action, answered_by, answered_through: 'api' })
        .then(() => session.handle.signal('decision_changed', { decision_uuid }))
        .then(() => 1, () => 0);
    const won = await Promise.all([
      rest('approve', 'ann'),
      rest('reject', 'bob'),
      session.handle.signal('answer_decision', { decision_uuid, action: 'approve', answered_by: 'signal' }),
      session.handle.signal('user_input', { session_agent_uuid, user_input: 'typed' }),
    ]);
    await eventually(() => session.agent('Author'), (agent) => agent.state === 'completed' || agent.state === 'failed');
    const losers = async () => (await session.events()).filter((event) => event.event_type === 'decision.refused').length;
    const wonOverRest = (won[0] as number) + (won[1] as number);
    expect(wonOverRest).toBeLessThanOrEqual(1);
    // The two raw signals: both lost where REST won, else one of them won.
    await eventually(losers, (count) => count === 1 + wonOverRest);
    const events = (await session.events()).filter((event) => event.event_type === 'decision.answered');
    expect(events).toHaveLength(1);
    const [decision] = (await session.decisions()).filter((row) => row._id === decision_uuid);
    expect(JSON.parse(events[0]!.data_json)).toMatchObject({ action: decision!.action, answered_by: decision!.answered_by });
    expect((await session.agent('Author')).state).toBe(decision!.action === 'reject' ? 'failed' : 'completed');
    await session.handle.signal('cancel');
    await session.ended();
    expectGaplessEvents(await session.events());
  }
});

test('decision_changed before the answer, twice, or for another decision does no harm', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  const { _id: decision_uuid } = await session.pendingDecision();
  for (const uuid of [decision_uuid, decision_uuid, '01890000-0000-7000-8000-000000000000']) await session.handle.signal('decision_changed', { decision_uuid: uuid });
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action: 'approve', answered_by: null, answered_through: 'api' });
  await Promise.all([1, 2, 3].map(() => session.handle.signal('decision_changed', { decision_uuid })));
  expect((await session.ended()).status).toBe('completed');
  expect((await session.events()).filter((event) => event.event_type === 'agent.completed')).toHaveLength(1);
});
