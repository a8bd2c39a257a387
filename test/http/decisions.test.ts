import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { DecisionModel } from '../../src/records/decision.ts';
import type { DecisionRow } from '../../src/records/decision.ts';
import { eventually } from '../session/eventually.ts';
import type { Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;
beforeAll(async () => { api = await apiWithWorker('http_decisions'); });
afterAll(() => api.close());

interface Asked {
  session: string;
  decision: { decision_uuid: string; session_agent_uuid: string; allowed_actions: string[]; [field: string]: unknown };
  answer(body: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Answers by the agent's own door. */
  input(body: unknown): Promise<Reply>;
  ended(): Promise<Reply>;
  agent(): Promise<Record<string, unknown>>;
}

/** A session of one agent, up to its question. */
async function ask(user_in_the_loop: unknown): Promise<Asked> {
  const agents = [{ agent_name: 'Author', instructions: 'x', model: 'scripted/x', config: { script: [{ echo: true }] } }, { agent_name: 'Reader', instructions: 'x', model: 'scripted/x', config: { script: [{ echo: true }] } }];
  const asked = await api.run({ agents, agent_actions: { Author: { user_in_the_loop }, Reader: { predecessors: ['Author'] } } }, { task_query: 'Write.' });
  expect(asked.body).toMatchObject({ status: 'wait_for_user_input', pending_decisions: [{ status: 'pending' }] });
  const [decision] = asked.body.pending_decisions;
  const session = `/v1/sessions/${asked.body.session_uuid}`;
  const agent = `${session}/session-agents/${decision.session_agent_uuid}`;
  return {
    session,
    decision,
    answer: (body, headers = {}) => api.call('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body, headers }),
    input: (body) => api.call('POST', `${agent}/input`, { body }),
    ended: () => eventually(() => api.call('GET', session), (reply) => reply.body.ended_at !== null),
    agent: async () => (await api.call('GET', agent)).body,
  };
}

test.each([
  ['before', ['answer', 'approve', 'reject']],
  ['after', ['answer', 'approve', 'edit', 'reject']],
  [true, ['answer', 'approve', 'edit', 'reject']],
  [{ when: 'after', actions: ['approve', 'reject'] }, ['approve', 'reject']],
])('a question of the form %j allows exactly its actions, and refuses the others without a change', async (form, allowed) => {
  const asked = await ask(form);
  expect(asked.decision.allowed_actions).toEqual(allowed);
  for (const action of ['answer', 'approve', 'edit', 'reject'].filter((one) => !allowed.includes(one))) {
    expect((await asked.answer({ action, input: 'x' })).body).toMatchObject({ status: 422, code: 'decision.action_not_allowed', errors: [{ path: 'action', message: expect.stringContaining(allowed[0]!) }] });
  }
  expect((await asked.answer({ action: 'shrug' })).body).toMatchObject({ status: 400, errors: [{ path: 'action' }] });
  expect((await api.call('GET', `/v1/decisions/${asked.decision.decision_uuid}`)).body).toEqual(asked.decision);
  await api.call('POST', `${asked.session}/cancel`);
  await asked.ended();
  // What was asked ends with its session, and says so.
  expect((await asked.answer({ action: 'approve' })).body).toMatchObject({ status: 409, code: 'decision.not_pending', decision_status: 'cancelled' });
});

test('an answer before the run reaches the agent, and is kept', async () => {
  const asked = await ask({ when: 'before', question: 'About what?' });
  expect(asked.decision).toMatchObject({ kind: 'input', question: 'About what?' });
  expect((await asked.answer({ action: 'answer', input: 'About bees.', comment: 'gladly' })).body).toMatchObject({ status: 'answered', action: 'answer', input: 'About bees.', comment: 'gladly', answered_by: 'test', answered_through: 'api' });
  expect((await asked.ended()).body.status).toBe('completed');
  expect(await asked.agent()).toMatchObject({ state: 'completed', user_input: 'About bees.', agent_output: expect.stringContaining('About bees.') });
});

test('approve, edit, answer and reject after the run do what they say', async () => {
  const approved = await ask('after');
  await approved.answer({ action: 'approve' });
  expect((await approved.ended()).body).toMatchObject({ status: 'completed', output: expect.stringContaining('Write.') });

  const edited = await ask('after');
  await edited.answer({ action: 'edit', input: 'Only this.' });
  expect((await edited.ended()).body).toMatchObject({ status: 'completed', output: expect.stringContaining('Only this.') });
  expect(await edited.agent()).toMatchObject({ agent_output: 'Only this.' });

  const answered = await ask('after');
  await answered.answer({ action: 'answer', input: 'And shorter.' });
  expect((await answered.ended()).body).toMatchObject({ status: 'completed', output: expect.stringContaining('And shorter.') });
  expect(await answered.agent()).toMatchObject({ user_input: 'And shorter.', agent_output: expect.stringContaining('Write.') });

  const rejected = await ask('after');
  await rejected.answer({ action: 'reject', comment: 'Not so.' });
  expect((await rejected.ended()).body).toMatchObject({ status: 'failed', error: { code: 'decision.rejected' } });
  expect(await rejected.agent()).toMatchObject({ state: 'failed', notes: expect.stringContaining('Not so.') });
});

test('an answer has to fit the question\'s schema, and a plain question takes text', async () => {
  const input_schema = { type: 'object', required: ['count'], additionalProperties: false, properties: { count: { type: 'integer', minimum: 1 } } };
  const asked = await ask({ when: 'before', input_schema });
  expect(asked.decision.input_schema).toEqual(input_schema);
  for (const input of ['three', { count: 0 }, { count: 1.5 }, { count: 1, more: true }, [], null, { count: { $gt: 0 } }]) {
    expect((await asked.answer({ action: 'answer', input })).body).toMatchObject({ status: 422, code: 'decision.input_invalid', errors: [{ path: 'input' }] });
  }
  expect((await asked.answer({ action: 'answer' })).body).toMatchObject({ status: 422, code: 'decision.input_invalid' });
  expect((await asked.input({ user_input: { count: 0 } })).body).toMatchObject({ status: 422, code: 'decision.input_invalid' });
  expect((await asked.input({ user_input: { count: 3 } })).body).toMatchObject({ status: 'answered', input: { count: 3 } });
  expect((await asked.ended()).body.status).toBe('completed');
  expect(await asked.agent()).toMatchObject({ user_input: '{"count":3}' });

  const plain = await ask('before');
  for (const input of [{ a: 1 }, 5, ['x']]) expect((await plain.answer({ action: 'answer', input })).body.code).toBe('decision.input_invalid');
  expect((await plain.answer({ action: 'answer', input: 'x'.repeat(70_000) })).body).toMatchObject({ status: 422, code: 'decision.input_invalid' });
  expect((await plain.input({})).body).toMatchObject({ status: 400, errors: [{ path: 'user_input' }] });
  await plain.answer({ action: 'approve' });
  expect((await plain.ended()).body.status).toBe('completed');
});

test('of many answers at one moment, by both doors, exactly one counts', async () => {
  const asked = await ask('before');
  const replies = await Promise.all(Array.from({ length: 12 }, (_, at) => (at % 2 ? asked.input({ user_input: `answer ${at}` }) : asked.answer({ action: 'answer', input: `answer ${at}` }))));
  const won = replies.filter((reply) => reply.status === 200);
  expect(won).toHaveLength(1);
  for (const reply of replies) if (reply.status !== 200) expect(['decision.not_pending', 'decision.none_pending']).toContain(reply.body.code);
  expect((await asked.ended()).body.status).toBe('completed');
  expect((await asked.agent()).user_input).toBe(won[0]!.body.input);
  const events = (await api.call('GET', `${asked.session}/events?event_type=decision.answered`)).body.data;
  expect(events).toHaveLength(1);
  expect((await api.call('GET', `${asked.session}/decisions`)).body.data).toEqual([won[0]!.body]);
});

test('an answer that is sent again under its Idempotency-Key is the same answer, without one it is too late', async () => {
  const asked = await ask('before');
  const key = { 'idempotency-key': v7() };
  const first = await asked.answer({ action: 'answer', input: 'once' }, key);
  expect(first.status).toBe(200);
  const again = await asked.answer({ action: 'answer', input: 'once' }, key);
  expect([again.status, again.body]).toEqual([200, first.body]);
  expect((await asked.answer({ action: 'answer', input: 'twice' }, key)).body.code).toBe('idempotency.mismatch');
  expect((await asked.answer({ action: 'answer', input: 'once' })).body).toMatchObject({ status: 409, code: 'decision.not_pending', decision_uuid: asked.decision.decision_uuid, decision_status: 'answered' });
  expect((await asked.input({ user_input: 'once' })).body).toMatchObject({ status: 409, code: 'decision.none_pending', decision_uuids: [] });
  await asked.ended();
});

test('the agent\'s own door answers nothing where several questions are open, and names them', async () => {
  const asked = await ask('before');
  const row = await DecisionModel.findOne({ _id: asked.decision.decision_uuid, partition_key: api.project.partition_key }).lean<DecisionRow>().orFail();
  const second = v7();
  await DecisionModel.create({ ...row, _id: second });
  const refused = await asked.input({ user_input: 'x' });
  expect(refused.body).toMatchObject({ status: 409, code: 'decision.several_pending' });
  expect([...refused.body.decision_uuids].sort()).toEqual([asked.decision.decision_uuid, second].sort());
  expect((await api.call('GET', asked.session)).body.pending_decisions).toHaveLength(2);
  await api.call('POST', `${asked.session}/cancel`);
  await asked.ended();
});

test('a decision that expires takes its default, or fails its step, and is answered no more', async () => {
  const expiring = async (user_in_the_loop: unknown) => {
    const agents = [{ agent_name: 'Author', instructions: 'x', model: 'scripted/x' }];
    const { body } = await api.run({ agents, agent_actions: { Author: { user_in_the_loop } } }, {}, '');
    const ended = await eventually(() => api.call('GET', `/v1/sessions/${body.session_uuid}`), (reply) => reply.body.ended_at !== null);
    const [decision] = (await api.call('GET', `/v1/sessions/${body.session_uuid}/decisions`)).body.data;
    return { ended, late: await api.call('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body: { action: 'approve' } }) };
  };
  const byDefault = await expiring({ when: 'after', expires_in: '300ms', default_action: 'approve' });
  expect(byDefault.ended.body.status).toBe('completed');
  expect(byDefault.late.body).toMatchObject({ status: 409, code: 'decision.not_pending', decision_status: 'expired' });
  const without = await expiring({ when: 'before', expires_in: '300ms' });
  expect(without.ended.body).toMatchObject({ status: 'failed', error: { type: 'urn:ace:error:decision.expired', code: 'decision.expired', title: expect.any(String), detail: expect.any(String) } });
});

test('decisions are listed by session and status, page by page', async () => {
  const { key } = await api.newProject();
  const definition = { agents: [{ agent_name: 'Asking', instructions: 'x', model: 'scripted/x' }], agent_actions: { Asking: { user_in_the_loop: 'before' } } };
  const sessions = await Promise.all([1, 2, 3].map(() => api.call('POST', '/v1/sessions?wait=30s', { key, body: { definition } })));
  const uuids = sessions.map((session) => session.body.pending_decisions[0].decision_uuid);
  await api.call('POST', `/v1/decisions/${uuids[0]}/answer`, { key, body: { action: 'approve' } });
  const list = async (query: string) => (await api.call('GET', `/v1/decisions?${query}`, { key })).body.data.map((row: { decision_uuid: string }) => row.decision_uuid);
  expect((await list('status=pending')).sort()).toEqual(uuids.slice(1).sort());
  expect(await list('status=answered')).toEqual([uuids[0]]);
  expect(await list(`session_uuid=${sessions[1]!.body.session_uuid}`)).toEqual([uuids[1]]);
  const first = (await api.call('GET', '/v1/decisions?limit=2', { key })).body;
  const rest = (await api.call('GET', `/v1/decisions?limit=2&after=${first.next}`, { key })).body;
  expect([...first.data, ...rest.data].map((row: { decision_uuid: string }) => row.decision_uuid).sort()).toEqual([...uuids].sort());
  expect(rest.next).toBeNull();
  expect((await api.call('GET', '/v1/decisions?status=open', { key })).body).toMatchObject({ status: 400, errors: [{ path: 'status' }] });
  for (const session of sessions.slice(1)) await api.call('POST', `/v1/sessions/${session.body.session_uuid}/cancel`, { key });
});
