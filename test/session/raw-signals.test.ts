import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atRest } from './at-rest.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

function asks(loop: unknown = true) {
  return [{ name: 'Author', action: { user_in_the_loop: loop }, script: [{ text: 'the draft' }] }];
}

async function refusals(session: StartedSession, count: number) {
  const read = async () => (await session.events()).filter((event) => event.event_type === 'decision.refused');
  return eventually(read, (found) => found.length >= count);
}

test('the signals answer_decision and user_input answer, and answered_by counts as unverified', async () => {
  const first = await startSession(worker, asks());
  await first.handle.signal('answer_decision', { decision_uuid: (await first.pendingDecision())._id, action: 'approve', answered_by: 'bob', comment: 'fine' });
  expect((await first.ended()).status).toBe('completed');
  expect((await first.decisions())[0]).toMatchObject({ action: 'approve', answered_by: 'bob', comment: 'fine', answered_through: 'signal' });

  const second = await startSession(worker, asks('before'));
  const { session_agent_uuid } = await second.pendingDecision();
  await second.handle.signal('user_input', { session_agent_uuid, user_input: 'hello' });
  expect((await second.ended()).status).toBe('completed');
  expect((await second.agent('Author')).user_input).toBe('hello');
});

test('refused answers change nothing, and each leaves an event with its reason', async () => {
  const other = await startSession(worker, asks());
  const foreign = await other.pendingDecision();
  const session = await startSession(worker, asks({ when: 'after', actions: ['approve', 'reject'] }));
  const { _id: decision_uuid, session_agent_uuid } = await session.pendingDecision();
  const before = (await session.decisions())[0];
  const bad: Array<[string, unknown, string]> = [
    ['answer_decision', { decision_uuid: '01890000-0000-7000-8000-000000000000', action: 'approve' }, 'resource.not_found'],
    ['answer_decision', { decision_uuid: foreign._id, action: 'approve' }, 'resource.not_found'],
    ['answer_decision', { decision_uuid, action: 'edit', input: 'x' }, 'decision.action_not_allowed'],
    ['answer_decision', { decision_uuid, action: 'explode' }, 'request.invalid'],
    ['answer_decision', { decision_uuid: { $gt: '' }, action: 'approve' }, 'request.invalid'],
    ['answer_decision', { decision_uuid, action: 'approve', comment: 'x'.repeat(4_001) }, 'request.invalid'],
    ['answer_decision', null, 'request.invalid'],
    ['answer_decision', [], 'request.invalid'],
    ['answer_decision', 'approve', 'request.invalid'],
    ['user_input', { session_agent_uuid, user_input: 7 }, 'request.invalid'],
    ['user_input', { session_agent_uuid: foreign.session_agent_uuid, user_input: 'x' }, 'decision.none_pending'],
    ['user_input', { session_agent_uuid, user_input: 'x' }, 'decision.action_not_allowed'],
  ];
  for (const [signal, payload] of bad) await session.handle.signal(signal, payload);
  const refused = await refusals(session, bad.length);
  expect(refused.map((event) => JSON.parse(event.data_json).code)).toEqual(bad.map(([, , code]) => code));
  for (const event of refused) expect(event.message).not.toBe('');
  expect((await session.decisions())[0]).toEqual(before);
  expect((await other.decisions())[0]).toEqual(foreign);

  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  expectGaplessEvents(await session.events());
  await other.handle.signal('cancel');
  await other.ended();
});

test('an answer to a decision that was answered already is refused', async () => {
  const session = await startSession(worker, [
    { name: 'Quick', action: { user_in_the_loop: true } },
    { name: 'Slow', action: { user_in_the_loop: true } },
  ]);
  const decision = await session.pendingDecision('Quick');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  await eventually(() => session.agent('Quick'), (agent) => agent.state === 'completed');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'reject' });
  const [refused] = await refusals(session, 1);
  expect(JSON.parse(refused!.data_json).code).toBe('decision.not_pending');
  await session.handle.signal('answer_decision', { decision_uuid: (await session.pendingDecision('Slow'))._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agent('Quick')).state).toBe('completed');
});

test('a payload as large as the server takes is refused and does not end the workflow', async () => {
  const session = await startSession(worker, asks());
  const { _id: decision_uuid } = await session.pendingDecision();
  await session.handle.signal('answer_decision', { decision_uuid, action: 'answer', input: 'x'.repeat(2 * 1024 * 1024 - 200) });
  // Two of them while one workflow task is under way are more than the server writes at once.
  await refusals(session, 1);
  await atRest(session);
  await session.handle.signal('decision_changed', { decision_uuid: 'y'.repeat(2 * 1024 * 1024 - 200) });
  await session.handle.signal('decision_changed', null);
  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
});

test('a payload that is nested too deep for the call stack blocked the workflow', async () => {
  const session = await startSession(worker, asks());
  const { _id: decision_uuid } = await session.pendingDecision();
  for (const [open, close] of [['[', ']'], ['{"decision_uuid":', '}']] as const) {
    const levels = 50_000;
    const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(`${open.repeat(levels)}0${close.repeat(levels)}`) };
    for (const signalName of ['answer_decision', 'user_input', 'decision_changed', 'pause', 'resume']) {
      await worker.client.workflowService.signalWorkflowExecution({
        namespace: 'default', workflowExecution: { workflowId: session.workflow_id }, signalName, input: { payloads: [payload] },
      });
    }
  }
  const refused = await refusals(session, 4);
  expect(refused.map((event) => event.message)).toEqual(new Array(4).fill(expect.stringContaining('nested deeper')));
  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
});

test('a payload that cannot be decoded does not block the workflow', async () => {
  const session = await startSession(worker, asks());
  const { _id: decision_uuid } = await session.pendingDecision();
  for (const payload of [
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{oops') },
    { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from([1, 2, 3]) },
    { data: Buffer.from('bare') },
  ]) {
    for (const signalName of ['answer_decision', 'user_input', 'decision_changed', 'pause']) {
      await worker.client.workflowService.signalWorkflowExecution({
        namespace: 'default', workflowExecution: { workflowId: session.workflow_id }, signalName, input: { payloads: [payload] },
      });
    }
  }
  await session.handle.signal('resume');
  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
});
