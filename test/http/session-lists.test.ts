import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

type Row = Record<string, any>;

let api: ApiWithWorker;
let key: string;
let fan: Row;
let other: Row;
/** In the order of their starts. */
const sessions: Row[] = [];

beforeAll(async () => {
  api = await apiWithWorker('http_session_lists');
  ({ key } = await api.newProject());
  const post = async (path: string, body: unknown) => (await api.call('POST', path, { key, body })).body;
  for (const agent_name of ['A', 'B', 'C']) await post('/v1/agents', { agent_name, model: 'scripted/x', config: { script: [{ text: `${agent_name} says so` }] } });
  fan = await post('/v1/coordinations', { coordination_name: 'Fan', agents: [{ agent_name: 'A' }, { agent_name: 'B' }, { agent_name: 'C' }], agent_actions: { C: { predecessors: ['A', 'B'] } } });
  other = await post('/v1/coordinations', { coordination_name: 'Failing', agents: [{ agent_name: 'A', config: { script: [{ error: { code: 'provider.auth' } }] } }] });
  for (let at = 0; at < 7; at += 1) {
    sessions.push(await post('/v1/sessions?wait=30s', {
      coordination: at % 3 === 2 ? 'Failing' : 'Fan', user_id: at < 4 ? 'ann' : 'bob', metadata: { team: at % 2 ? 'odd' : 'even', 'a.b': at }, tags: [`t${at}`],
    }));
  }
});
afterAll(() => api.close());

async function walk(path: string, query = '', limit = 2): Promise<Row[]> {
  const rows: Row[] = [];
  let after = '';
  for (let page = 0; page < 100; page += 1) {
    const { body } = await api.call('GET', `${path}?limit=${limit}${query}${after}`, { key });
    rows.push(...body.data);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    if (body.next === null) return rows;
    after = `&after=${encodeURIComponent(body.next)}`;
  }
  throw new Error('The list does not end');
}
const uuids = (rows: Row[]) => rows.map((row) => row.session_uuid);

test('sessions come by the time of their start, page by page, in both orders', async () => {
  expect(uuids(await walk('/v1/sessions'))).toEqual(uuids(sessions));
  expect(uuids(await walk('/v1/sessions', '&order=-created_at'))).toEqual(uuids(sessions).reverse());
  expect((await walk('/v1/sessions', '', 100))[0]).not.toHaveProperty('output');
});

test('each filter of the list keeps what it names, and they combine', async () => {
  const kept = async (query: string, wanted: (row: Row, at: number) => boolean) => expect([query, uuids(await walk('/v1/sessions', query))]).toEqual([query, uuids(sessions.filter(wanted))]);
  await kept('&status=completed', (row) => row.status === 'completed');
  await kept('&status=failed', (row) => row.status === 'failed');
  await kept('&status=paused', () => false);
  await kept('&coordination=Failing', (row) => row.coordination_name === 'Failing');
  await kept(`&coordination=${fan.coordination_uuid.toUpperCase()}`, (row) => row.coordination_name === 'Fan');
  await kept('&coordination=Nobody', () => false);
  await kept('&user_id=bob', (row) => row.user_id === 'bob');
  await kept('&metadata.team=odd', (_, at) => at % 2 === 1);
  await kept('&metadata.a.b=3', (_, at) => at === 3);
  await kept(`&created_after=${encodeURIComponent(sessions[2]!.created_at)}`, (row) => row.created_at > sessions[2]!.created_at);
  await kept('&status=completed&user_id=ann&metadata.team=even&coordination=Fan', (row, at) => row.status === 'completed' && at < 4 && at % 2 === 0);
  expect(uuids(await walk(`/v1/coordinations/${other.coordination_uuid}/sessions`, '&user_id=ann'))).toEqual([sessions[2]!.session_uuid]);
});

test('a cursor belongs to its list, and one that was changed is refused', async () => {
  const { body } = await api.call('GET', '/v1/sessions?limit=1', { key });
  for (const after of [`${body.next}x`, body.next.slice(3), '%00']) {
    const reply = await api.call('GET', `/v1/sessions?after=${after}`, { key });
    // A cursor that can still be read leads to a page, never to an error of the engine.
    expect([200, 400]).toContain(reply.status);
  }
  const ofEvents = (await api.call('GET', `/v1/sessions/${sessions[0]!.session_uuid}/events?limit=1`, { key })).body.next;
  expect((await api.call('GET', `/v1/sessions?after=${ofEvents}`, { key })).body).toMatchObject({ status: 400, errors: [{ path: 'after' }] });
});

test('the agents of a session come in the order of the plan, and by state and agent', async () => {
  const path = `/v1/sessions/${sessions[0]!.session_uuid}/session-agents`;
  const names = async (query: string) => (await walk(path, query)).map((row) => row.agent_name);
  expect(await names('')).toEqual(['A', 'B', 'C']);
  expect(await names('&order=-created_at')).toEqual(['C', 'B', 'A']);
  expect(await names('&status=completed')).toEqual(['A', 'B', 'C']);
  expect(await names('&status=failed')).toEqual([]);
  const [, second] = await walk(path);
  expect(await names(`&agent_uuid=${second!.agent_uuid}`)).toEqual(['B']);
  expect((await api.call('GET', `${path}/${second!.session_agent_uuid}`, { key })).body).toEqual(second);
});

test('runs are listed with what was asked and answered, and by agent', async () => {
  const path = `/v1/sessions/${sessions[0]!.session_uuid}/runs`;
  const runs = await walk(path);
  expect(runs.map((run) => run.response).sort()).toEqual(['A says so', 'B says so', 'C says so']);
  expect(runs[0]).toMatchObject({ vendor: 'scripted', finish_reason: 'stop', attempt: 1, usage: { input_tokens: expect.any(Number) }, previous_run_uuid: null });
  expect(await walk(path, `&session_agent_uuid=${runs[1]!.session_agent_uuid}`)).toEqual([runs[1]]);
  const thread = (await api.call('GET', `/v1/threads/${runs[0]!.thread_uuid}`, { key })).body;
  expect(thread.messages).toMatchObject([{ role: 'user', content: runs[0]!.request, run_uuid: runs[0]!.run_uuid }, { role: 'assistant', content: runs[0]!.response }]);
});

test('events are numbered from 1, page by page, and by type and severity', async () => {
  const path = `/v1/sessions/${sessions[2]!.session_uuid}/events`;
  const events = await walk(path);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, at) => at + 1));
  expect((await walk(path, '&order=-created_at')).map((event) => event.seq)).toEqual(events.map((event) => event.seq).reverse());
  expect((await walk(path, '&event_type=agent.failed')).map((event) => event.event_type)).toEqual(['agent.failed']);
  expect((await walk(path, '&severity=error')).map((event) => event.event_type).sort()).toEqual(['agent.failed', 'session.ended']);
  expect((await api.call('GET', `${path}?event_type=nothing.happened`, { key })).body).toMatchObject({ status: 400, errors: [{ path: 'event_type' }] });
});

test('a failed session says why, as a problem', async () => {
  const error = { type: 'urn:ace:error:provider.auth', code: 'provider.auth', title: 'The model vendor refused the key', detail: 'The script says so.' };
  expect(sessions[2]).toMatchObject({ status: 'failed', output: null });
  expect(sessions[2]!.error).toEqual({ ...error, step: 'A' });
  const path = `/v1/sessions/${sessions[2]!.session_uuid}`;
  const [agent] = await walk(`${path}/session-agents`);
  expect([agent!.state, agent!.error]).toEqual(['failed', error]);
  const [failed] = await walk(`${path}/events`, '&event_type=agent.failed');
  expect(failed!.data.error).toEqual(error);
  const [ended] = await walk(`${path}/events`, '&event_type=session.ended');
  expect(ended!.data.error).toEqual({ ...error, step: 'A' });
});
