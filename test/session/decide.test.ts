import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import type { DecisionAnswer } from '../../src/records/decision.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** As the REST operation does: the conditional write, then the signal. */
async function answerAsRest(session: StartedSession, decision_uuid: string, answer: Partial<DecisionAnswer> & Pick<DecisionAnswer, 'action'>): Promise<void> {
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { answered_by: 'ann', answered_through: 'api', ...answer });
  await session.handle.signal('decision_changed', { decision_uuid });
}

function asksAfter(loop: unknown = true) {
  return [
    { name: 'Author', action: { user_in_the_loop: loop }, script: [{ text: 'the draft' }] },
    { name: 'Printer', after: ['Author'], script: [{ echo: true }] },
  ];
}

test('after: approve lets the output go on as it is', async () => {
  const session = await startSession(worker, asksAfter());
  const decision = await session.pendingDecision();
  expect(decision).toMatchObject({ kind: 'approval', allowed_actions: ['answer', 'approve', 'edit', 'reject'], question: expect.stringContaining('Author') });
  await answerAsRest(session, decision._id, { action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  const [author, printer] = await session.agents();
  expect(author).toMatchObject({ state: 'completed', agent_output: 'the draft', user_input: null, notes: 'Answered (approve) by ann.' });
  expect(printer!.agent_output).toContain('Output of Author:\nthe draft');
  expect((await session.decisions())[0]).toMatchObject({ status: 'answered', action: 'approve', answered_by: 'ann', answered_through: 'api', applied_at: expect.any(Date) });
});

test('after: the answer is kept as user input and goes on with the output', async () => {
  const session = await startSession(worker, asksAfter());
  const decision = await session.pendingDecision();
  await answerAsRest(session, decision._id, { action: 'answer', input: 'make it shorter' });
  expect((await session.ended()).status).toBe('completed');
  const [author, printer] = await session.agents();
  expect(author).toMatchObject({ agent_output: 'the draft', user_input: 'make it shorter' });
  expect(printer!.agent_output).toContain('Output of Author:\nthe draft\n\nAnswer of the user to Author:\nmake it shorter');
});

test('after: an edit replaces the output', async () => {
  const session = await startSession(worker, asksAfter());
  const decision = await session.pendingDecision();
  await answerAsRest(session, decision._id, { action: 'edit', input: 'the better draft' });
  expect((await session.ended()).status).toBe('completed');
  const [author, printer] = await session.agents();
  expect(author!.agent_output).toBe('the better draft');
  expect(printer!.agent_output).toContain('Output of Author:\nthe better draft');
  // What the model said stays on record.
  expect((await session.runs())[0]!.response_text).toBe('the draft');
});

test('after: a rejection fails the agent and skips what depends on it', async () => {
  const session = await startSession(worker, asksAfter());
  const decision = await session.pendingDecision();
  await answerAsRest(session, decision._id, { action: 'reject', comment: 'Not good enough.' });
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'decision.rejected', message: expect.stringContaining('Not good enough.'), step: 'Author' });
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['failed', 'skipped']);
  expectGaplessEvents(await session.events());
});

test('before: the agent runs once it was answered, with the answer in its prompt', async () => {
  const session = await startSession(worker, [{ name: 'Author', action: { user_in_the_loop: 'before' }, script: [{ echo: true }] }]);
  const decision = await session.pendingDecision();
  expect(decision).toMatchObject({ kind: 'input', allowed_actions: ['answer', 'approve', 'reject'] });
  expect((await session.agent('Author')).state).toBe('wait_for_user_input');
  expect(await session.calls()).toEqual([]);
  await answerAsRest(session, decision._id, { action: 'answer', input: 'in green' });
  expect((await session.ended()).status).toBe('completed');
  expect(await session.agent('Author')).toMatchObject({ user_input: 'in green', agent_input: 'Do it.\n\nInput from the user:\nin green' });
});

test('before: an approval runs it without input, a rejection never runs it', async () => {
  const agents = [{ name: 'Author', action: { user_in_the_loop: 'before' }, script: [{ echo: true }] }];
  const approved = await startSession(worker, agents);
  await answerAsRest(approved, (await approved.pendingDecision())._id, { action: 'approve' });
  expect((await approved.ended()).status).toBe('completed');
  expect((await approved.agent('Author')).agent_input).toBe('Do it.');

  const rejected = await startSession(worker, agents);
  await answerAsRest(rejected, (await rejected.pendingDecision())._id, { action: 'reject' });
  expect((await rejected.ended()).status).toBe('failed');
  expect(await rejected.calls()).toEqual([]);
});

test('an answer must fit the schema that the coordination gave', async () => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false };
  const session = await startSession(worker, asksAfter({ when: 'after', input_schema: schema }));
  const decision = await session.pendingDecision();
  await expect(answerAsRest(session, decision._id, { action: 'answer', input: { n: 'x' } })).rejects.toMatchObject({ code: 'decision.input_invalid' });
  await expect(answerAsRest(session, decision._id, { action: 'answer', input: 'text' })).rejects.toMatchObject({ code: 'decision.input_invalid' });
  expect((await session.decisions())[0]!.status).toBe('pending');
  await answerAsRest(session, decision._id, { action: 'answer', input: { n: 3 } });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agent('Author')).user_input).toBe('{"n":3}');
});
