import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';
import { v7 } from 'uuid';
import { eventually } from '../session/eventually.ts';
import type { Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;

beforeAll(async () => {
  api = await apiWithWorker('http_sessions', {}, { TEMPORAL_UI_URL: 'http://127.0.0.1:8233' });
  for (const agent_name of ['A', 'B', 'C']) await api.call('POST', '/v1/agents', { body: { agent_name, model: 'scripted/test', config: { script: [{ text: `${agent_name} says so` }] } } });
  await api.call('POST', '/v1/coordinations', {
    body: { coordination_name: 'Fan', agents: [{ agent_name: 'A' }, { agent_name: 'B' }, { agent_name: 'C' }], agent_actions: { C: { predecessors: ['A', 'B'] } } },
  });
  await api.call('POST', '/v1/coordinations', {
    body: { coordination_name: 'Asked', agents: [{ agent_name: 'A' }], agent_actions: { A: { user_in_the_loop: { when: 'before', question: 'Which one?' } } } },
  });
});
afterAll(() => api.close());

function start(body: Record<string, unknown>, query = '?wait=30s'): Promise<Reply> {
  return api.call('POST', `/v1/sessions${query}`, { body });
}

/** Reads a stream to its end. */
async function listen(path: string, headers: Record<string, string> = {}): Promise<EventSourceMessage[]> {
  const response = await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${api.key}`, ...headers } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const heard: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => heard.push(message) });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
  return heard;
}

test('a session is started by name, waited for, and read in all its parts', async () => {
  const done = await start({ coordination: 'Fan', task_query: 'Go.', metadata: { team: 'x' }, tags: ['t'], user_id: 'u1' });
  expect(done.status).toBe(200);
  expect(done.body).toMatchObject({
    status: 'completed', output: 'C says so', coordination_name: 'Fan', version: 1, task_query: 'Go.', user_id: 'u1', metadata: { team: 'x' }, tags: ['t'],
    error: null, pending_decisions: [], cost_usd: expect.stringMatching(/^\d+(\.\d+)?$/), links: { temporal: expect.stringContaining('http://127.0.0.1:8233/namespaces/default/workflows/') },
  });
  const path = `/v1/sessions/${done.body.session_uuid}`;
  expect((await api.call('GET', path)).body).toEqual(done.body);

  const agents = (await api.call('GET', `${path}/session-agents`)).body.data;
  expect(agents).toMatchObject([{ agent_name: 'A', in_degree: 0, state: 'completed' }, { agent_name: 'B' }, { agent_name: 'C', in_degree: 2, agent_output: 'C says so' }]);
  const firstPage = await api.call('GET', `${path}/session-agents?limit=2`);
  expect((await api.call('GET', `${path}/session-agents?limit=2&after=${firstPage.body.next}`)).body).toMatchObject({ data: [{ agent_name: 'C' }], next: null });
  expect((await api.call('GET', `${path}/session-agents/${agents[0].session_agent_uuid}`)).body).toEqual(agents[0]);

  const runs = (await api.call('GET', `${path}/runs`)).body.data;
  expect(runs).toHaveLength(3);
  const thread = await api.call('GET', `/v1/threads/${agents[2].thread_uuid}`);
  expect(thread.body.messages).toMatchObject([{ role: 'user' }, { role: 'assistant', content: 'C says so' }]);

  const events = (await api.call('GET', `${path}/events?limit=100`)).body.data;
  expect(events.map((event: { seq: number }) => event.seq)).toEqual(events.map((_: unknown, at: number) => at + 1));
  expect(events[0].event_type).toBe('session.created');
  expect(events.at(-1).event_type).toBe('session.ended');

  expect((await api.call('GET', '/v1/sessions?status=completed&coordination=Fan&metadata.team=x&user_id=u1')).body.data).toMatchObject([{ session_uuid: done.body.session_uuid }]);
  expect((await api.call('POST', `${path}/cancel`)).body).toMatchObject({ status: 409, code: 'session.ended' });

  expect((await api.call('DELETE', path)).body).toMatchObject({ status: 409, code: 'resource.referenced' });
  expect((await api.call('DELETE', `${path}?cascade=true`)).status).toBe(204);
  expect((await api.call('GET', path)).status).toBe(404);
  expect((await api.call('GET', `/v1/threads/${agents[2].thread_uuid}`)).status).toBe(404);
});

test('a stream tells every event in order, the texts between, and ends; a resumed one tells the rest', async () => {
  const started = await start({ coordination: 'Fan' }, '');
  expect(started.status).toBe(202);
  const path = `/v1/sessions/${started.body.session_uuid}/stream`;
  const heard = await listen(path);
  const numbered = heard.filter((event) => event.id !== undefined);
  expect(numbered.map((event) => Number(event.id))).toEqual(numbered.map((_, at) => at + 1));
  expect(heard.at(-1)!.event).toBe('session.ended');
  expect(JSON.parse(numbered[0]!.data)).toMatchObject({ event_type: 'session.created', seq: 1 });

  const rest = await listen(path, { 'last-event-id': '3' });
  expect(rest.map((event) => event.id)).toEqual(numbered.slice(3).map((event) => event.id));
  expect(await listen(path, { 'last-event-id': numbered.at(-1)!.id! })).toEqual([]);
  expect((await api.call('GET', path, { headers: { 'last-event-id': 'x' } })).body).toMatchObject({ status: 400, errors: [{ path: 'last_event_id' }] });
});

test('a session that asks is answered once, by either door', async () => {
  const asked = await start({ coordination: 'Asked' });
  expect(asked.status).toBe(200);
  expect(asked.body).toMatchObject({ status: 'wait_for_user_input', pending_decisions: [{ question: 'Which one?', kind: 'input', status: 'pending' }] });
  const [decision] = asked.body.pending_decisions;
  const path = `/v1/sessions/${asked.body.session_uuid}`;
  const input = `${path}/session-agents/${decision.session_agent_uuid}/input`;
  expect((await api.call('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body: { action: 'edit', input: 'x' } })).body).toMatchObject({ status: 422, code: 'decision.action_not_allowed' });
  const replies = await Promise.all([api.call('POST', input, { body: { user_input: 'this' } }), api.call('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body: { action: 'answer', input: 'that' } })]);
  expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409]);
  const won = replies.find((reply) => reply.status === 200)!;
  expect(won.body).toMatchObject({ status: 'answered', answered_by: 'test', answered_through: 'api' });

  const done = await api.call('GET', `${path}?wait=30s`);
  expect([done.status, done.body.status]).toEqual([200, 'completed']);
  expect((await api.call('GET', `${path}/session-agents/${decision.session_agent_uuid}`)).body.user_input).toBe(won.body.input);
  expect((await api.call('POST', input, { body: { user_input: 'late' } })).body).toMatchObject({ status: 409, code: 'decision.none_pending' });
  expect((await api.call('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body: { action: 'answer', input: 'late' } })).body).toMatchObject({ status: 409, code: 'decision.not_pending' });
  expect((await api.call('GET', `${path}/decisions`)).body.data).toEqual([won.body]);
  expect((await api.call('GET', '/v1/decisions?status=answered')).body.data).toContainEqual(won.body);
});

test('a session that waits is cancelled, paused and resumed', async () => {
  const { body } = await start({ coordination: 'Asked' });
  const path = `/v1/sessions/${body.session_uuid}`;
  expect((await api.call('DELETE', `${path}?cascade=true`)).body).toMatchObject({ status: 409, code: 'session.not_ended' });
  // A session that waits for a person settles every `wait` at once, so its status is asked for.
  const until = (status: string) => eventually(() => api.call('GET', path), (now) => now.body.status === status);
  expect((await api.call('POST', `${path}/pause`)).status).toBe(202);
  await until('paused');
  expect((await api.call('POST', `${path}/resume`)).status).toBe(202);
  await until('wait_for_user_input');
  expect((await api.call('POST', `${path}/signal`, { body: { signal: 'pause', payload: { a: 1 } } })).status).toBe(400);
  expect((await api.call('POST', `${path}/cancel`)).status).toBe(202);
  await until('cancelled');
});

test('a session that waits for its start_at is cancelled at once, not when it would have begun', async () => {
  const { body } = await start({ coordination: 'Fan', start_at: new Date(Date.now() + 86_400_000).toISOString() }, '');
  const path = `/v1/sessions/${body.session_uuid}`;
  expect((await api.call('POST', `${path}/cancel`)).status).toBe(202);
  expect((await api.call('GET', `${path}?wait=30s`)).body).toMatchObject({ status: 'cancelled', ended_at: expect.any(String) });
  expect((await api.call('POST', `${path}/cancel`)).body).toMatchObject({ status: 409, code: 'session.ended' });
});

test('the same session_uuid is the same session, another request with it is refused', async () => {
  const session_uuid = v7();
  const first = await start({ coordination: 'Fan', session_uuid, task_query: 'x' }, '');
  const again = await start({ coordination: 'Fan', session_uuid, task_query: 'x' }, '');
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.body).toMatchObject({ session_uuid, created_at: first.body.created_at });
  expect((await start({ coordination: 'Fan', session_uuid, task_query: 'y' }, '')).body).toMatchObject({ status: 409, code: 'resource.exists', errors: [{ path: 'session_uuid' }] });
  const { key } = await api.newProject();
  expect((await api.call('GET', `/v1/sessions/${session_uuid}`, { key })).status).toBe(404);
  await api.call('GET', `/v1/sessions/${session_uuid}?wait=30s`);
});

test('an Idempotency-Key starts one session', async () => {
  const send = () => api.call('POST', '/v1/sessions', { body: { coordination: 'Fan' }, headers: { 'idempotency-key': 'start-1' } });
  const first = await send();
  const again = await send();
  expect([again.status, again.body]).toEqual([202, first.body]);
  await api.call('GET', `/v1/sessions/${first.body.session_uuid}?wait=30s`);
});

test('a definition is run once with agents that nobody registered', async () => {
  const definition = {
    agents: [{ agent_name: 'Inline', instructions: 'Say hello.', model: 'scripted/x', config: { script: [{ text: 'hello' }] } }, { agent_name: 'A' }],
    agent_actions: { A: { predecessors: ['Inline'] } },
  };
  const done = await start({ definition });
  expect(done.body).toMatchObject({ status: 'completed', coordination_name: 'one-off', version: null, output: 'A says so' });
  const unknown = await start({ definition: { agents: [{ agent_name: 'Nobody' }] } });
  expect(unknown.body).toMatchObject({ status: 422, code: 'definition.invalid', errors: [{ path: 'agents.0.agent_name' }] });
});

test('versions, overlays and subtask queries of a start', async () => {
  const path = '/v1/coordinations/by-name/Versioned';
  const made = await api.call('PUT', path, { body: { agents: [{ agent_name: 'A' }] } });
  await api.call('PUT', path, { body: { agents: [{ agent_name: 'B' }, { agent_name: 'C' }] } });
  expect((await start({ coordination: 'Versioned@1' })).body).toMatchObject({ version: 1, output: 'A says so' });
  const sub = `/v1/coordinations/${made.body.coordination_uuid}/sessions`;
  const overlaid = await api.call('POST', `${sub}?wait=30s`, { body: { agent_actions: { C: { predecessors: ['B'] } } } });
  expect(overlaid.body).toMatchObject({ version: 2, status: 'completed', output: 'C says so' });
  expect((await api.call('GET', sub)).body.data).toHaveLength(2);
  const twice = await start({ coordination: 'Versioned', task_query: '{"topic":"bees"}', subtask_queries: [{ agent_name: 'B', subtask_query: 'About {topic}.' }, { agent_name: 'B', subtask_query: 'More.' }] });
  expect(twice.body.status).toBe('completed');
  const agents = await api.call('GET', `/v1/sessions/${twice.body.session_uuid}/session-agents`);
  expect(agents.body.data.map((agent: { subtask_query: string }) => agent.subtask_query)).toEqual(['About bees.', 'More.']);
  expect((await api.call('DELETE', `/v1/coordinations/${made.body.coordination_uuid}`)).body).toMatchObject({ status: 409, code: 'resource.referenced' });
});

test.each<[string, Record<string, unknown>, string, { status: number; code: string; path?: string }]>([
  ['nothing to start', {}, '', { status: 400, code: 'request.invalid', path: 'coordination' }],
  ['two things to start', { coordination: 'Fan', definition: { agents: [] } }, '', { status: 400, code: 'request.invalid' }],
  ['an unknown coordination', { coordination: 'Nowhere' }, '', { status: 404, code: 'resource.not_found', path: 'coordination' }],
  ['an unknown version', { coordination: 'Fan@7' }, '', { status: 404, code: 'resource.not_found', path: 'version' }],
  ['an operator object', { coordination: { $gt: '' } }, '', { status: 400, code: 'request.invalid', path: 'coordination' }],
  ['an unknown agent of a subtask query', { coordination: 'Fan', subtask_queries: [{ agent_name: 'Z', subtask_query: 'x' }] }, '', { status: 422, code: 'definition.invalid', path: 'subtask_queries.0.agent_name' }],
  ['a missing placeholder', { coordination: 'Fan', task_query: '{}', subtask_queries: [{ agent_name: 'A', subtask_query: '{topic}' }] }, '', { status: 422, code: 'definition.invalid', path: 'subtask_queries.0.subtask_query' }],
  ['an overlay with a cycle', { coordination: 'Fan', agent_actions: { A: { predecessors: ['C'] } } }, '', { status: 422, code: 'definition.invalid' }],
  ['a session_uuid that is none', { coordination: 'Fan', session_uuid: 'mine' }, '', { status: 400, code: 'request.invalid', path: 'session_uuid' }],
  ['too much at once', { coordination: 'Fan', max_parallel: 501 }, '', { status: 400, code: 'request.invalid', path: 'max_parallel' }],
  ['a wait over a minute', { coordination: 'Fan' }, '?wait=61s', { status: 400, code: 'request.invalid', path: 'wait' }],
  ['a wait that is none', { coordination: 'Fan' }, '?wait=soon', { status: 400, code: 'request.invalid', path: 'wait' }],
])('a start with %s is refused and stores nothing', async (_name, body, query, expected) => {
  const before = (await api.call('GET', '/v1/sessions?order=-created_at&limit=1')).body.data;
  const refused = await start(body, query);
  expect(refused.body).toMatchObject({ status: expected.status, code: expected.code });
  if (expected.path !== undefined) expect(refused.body.errors.map((error: { path: string }) => error.path)).toContain(expected.path);
  expect((await api.call('GET', '/v1/sessions?order=-created_at&limit=1')).body.data).toEqual(before);
});

test('drafts, archived and inactive coordinations start nothing', async () => {
  const draft = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'D', agents: [{ agent_name: 'A' }], draft: true } });
  expect((await start({ coordination: 'D' })).body.code).toBe('coordination.not_published');
  const path = `/v1/coordinations/${draft.body.coordination_uuid}`;
  await api.call('POST', `${path}/publish`);
  await api.call('PATCH', path, { body: { active: false } });
  expect((await start({ coordination: 'D' })).body.code).toBe('coordination.inactive');
  await api.call('POST', `${path}/archive`);
  expect((await start({ coordination: 'D' })).body.code).toBe('coordination.archived');
});

test('another project reaches nothing of a session', async () => {
  const { body } = await start({ coordination: 'Asked' });
  const [decision] = body.pending_decisions;
  const { key } = await api.newProject();
  const path = `/v1/sessions/${body.session_uuid}`;
  const agent = `${path}/session-agents/${decision.session_agent_uuid}`;
  for (const [method, at, sent] of [
    ['GET', path], ['DELETE', path], ['POST', `${path}/cancel`], ['POST', `${path}/pause`], ['GET', `${path}/session-agents`], ['GET', agent], ['GET', `${path}/runs`],
    ['GET', `${path}/events`], ['GET', `${path}/stream`], ['GET', `${path}/decisions`], ['GET', `/v1/decisions/${decision.decision_uuid}`],
    ['POST', `${agent}/input`, { user_input: 'x' }], ['POST', `/v1/decisions/${decision.decision_uuid}/answer`, { action: 'answer', input: 'x' }], ['POST', `${path}/signal`, { signal: 'cancel' }],
  ] as Array<[string, string, unknown?]>) {
    const reply = await api.call(method, at, { key, body: sent });
    expect([method, at, reply.status]).toEqual([method, at, 404]);
  }
  expect((await api.call('GET', '/v1/decisions', { key })).body.data).toEqual([]);
  expect((await api.call('GET', path)).body.status).toBe('wait_for_user_input');
  await api.call('POST', `${path}/cancel`);
});
