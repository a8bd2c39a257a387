import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';
import mongoose from 'mongoose';
import { eventually } from '../session/eventually.ts';
import type { Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

const speaker = (agent_name: string, entry: Record<string, unknown>) => ({ agent_name, instructions: 'x', model: 'scripted/x', config: { script: [entry] } });
const TALK = 'one two three four five six seven eight nine ten';
const TALKING = {
  agents: [speaker('First', { text: TALK, chunk_ms: 60 }), speaker('Second', { text: 'done' }), speaker('Third', { text: 'done' })],
  agent_actions: { Second: { predecessors: ['First'] }, Third: { predecessors: ['Second'] } },
};
const ASKING = { agents: [speaker('Asking', { text: 'done' })], agent_actions: { Asking: { user_in_the_loop: 'before' } } };

interface Heard {
  events: EventSourceMessage[];
  comments: string[];
  /** Resolves when the server closed the stream, or `until` was true. */
  ended: Promise<void>;
}

let api: ApiWithWorker;
/** Open from the beginning, for the ping that comes after 15 s. */
let idle: Heard;
let idleSession: Reply;

beforeAll(async () => {
  api = await apiWithWorker('http_streams');
  idleSession = await api.run(ASKING);
  idle = await listen(`/v1/sessions/${idleSession.body.session_uuid}/stream`);
});
afterAll(() => api.close());

/** Listens until the server closes, or until it heard what it was waiting for and goes away itself. */
async function listen(path: string, { headers = {}, key = api.key, until }: { headers?: Record<string, string>; key?: string | null; until?: (event: EventSourceMessage) => boolean } = {}): Promise<Heard> {
  const going = new AbortController();
  const response = await fetch(`${api.url}${path}`, { headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers }, signal: going.signal });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const heard: Heard = { events: [], comments: [], ended: Promise.resolve() };
  const parser = createParser({
    onEvent(event) {
      if (going.signal.aborted) return;
      heard.events.push(event);
      if (until?.(event) === true) going.abort();
    },
    onComment: (comment) => heard.comments.push(comment),
  });
  heard.ended = (async () => {
    try {
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
    } catch (error) {
      if (!going.signal.aborted) throw error;
    }
  })();
  return heard;
}

const ids = (events: EventSourceMessage[]) => events.flatMap((event) => (event.id === undefined ? [] : [Number(event.id)]));
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

test('a stream has every event once and in order, the text between, and ends after session.ended', async () => {
  const { body } = await api.run(TALKING, {}, '');
  const listeners = await Promise.all([1, 2, 3].map(() => listen(`/v1/sessions/${body.session_uuid}/stream`)));
  await Promise.all(listeners.map((heard) => heard.ended));
  const listed = (await api.call('GET', `/v1/sessions/${body.session_uuid}/events?limit=100`)).body.data;
  for (const { events } of listeners) {
    const numbered = events.filter((event) => event.id !== undefined);
    expect(ids(events)).toEqual(upTo(listed.length));
    expect(numbered.map((event) => JSON.parse(event.data))).toEqual(listed);
    expect(numbered.map((event) => event.event)).toEqual(listed.map((event: { event_type: string }) => event.event_type));
    expect(events.at(-1)!.event).toBe('session.ended');
    const texts = events.filter((event) => event.event === 'text');
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text.id).toBeUndefined();
    const first = JSON.parse(numbered.find((event) => event.event === 'agent.started')!.data).data.session_agent_uuid;
    const said = texts.map((event) => JSON.parse(event.data)).filter((chunk) => chunk.session_agent_uuid === first).map((chunk) => chunk.text).join('');
    // What is said in the last moment of a call goes into its result alone.
    expect(TALK).toContain(said);
    // What an agent says comes after its start and before its end.
    const at = (type: string) => events.findIndex((event) => event.event === type && JSON.parse(event.data).data.session_agent_uuid === first);
    const places = events.flatMap((event, index) => (event.event === 'text' && JSON.parse(event.data).session_agent_uuid === first ? [index] : []));
    expect(Math.min(...places)).toBeGreaterThan(at('agent.started'));
    expect(Math.max(...places)).toBeLessThan(at('agent.completed'));
  }
});

test('a stream that breaks off is resumed at every event with none lost and none twice', async () => {
  const { body } = await api.run(TALKING, {}, '');
  const path = `/v1/sessions/${body.session_uuid}/stream`;
  const seen: number[] = [];
  for (let connection = 0; connection < 50; connection += 1) {
    const heard = await listen(path, { headers: { 'last-event-id': String(seen.at(-1) ?? 0) }, until: (event) => event.id !== undefined });
    await heard.ended;
    if (ids(heard.events).length === 0) break;
    seen.push(...ids(heard.events));
  }
  const listed = (await api.call('GET', `/v1/sessions/${body.session_uuid}/events?limit=100`)).body.data;
  expect(seen).toEqual(upTo(listed.length));
});

test('a Last-Event-ID that is none is refused before the stream begins', async () => {
  const path = `/v1/sessions/${idleSession.body.session_uuid}/stream`;
  for (const id of ['x', '-1', '1.5', '9007199254740993', '{"$gt":0}']) {
    expect((await api.call('GET', path, { headers: { 'last-event-id': id } })).body).toMatchObject({ status: 400, errors: [{ path: 'last_event_id' }] });
  }
});

test('a HEAD of a stream is answered and does not wait for the session', async () => {
  const path = `/v1/sessions/${idleSession.body.session_uuid}`;
  for (const [sub, type] of [['/stream', 'text/event-stream'], ['', 'application/json']] as const) {
    const reply = await api.call('HEAD', `${path}${sub}`);
    expect([reply.status, reply.text]).toEqual([200, '']);
    expect(reply.headers.get('content-type')).toContain(type);
  }
});

test('a token opens the streams of its project for a minute, and nothing else', async () => {
  const { body: token, status } = await api.call('POST', '/v1/stream-tokens');
  expect(status).toBe(201);
  expect(token.access_token).toMatch(/^acs_/);
  const life = Date.parse(token.expires_at) - Date.now();
  expect(life > 0 && life <= 60_000).toBe(true);
  const done = await api.run({ agents: [speaker('Only', { text: 'done' })] });
  const path = `/v1/sessions/${done.body.session_uuid}/stream`;
  const heard = await listen(`${path}?access_token=${token.access_token}`, { key: null });
  await heard.ended;
  expect(heard.events.at(-1)!.event).toBe('session.ended');

  // Neither another route nor another place takes it.
  expect((await api.call('GET', `/v1/sessions?access_token=${token.access_token}`, { key: null })).body.code).toBe('auth.missing');
  expect((await api.call('GET', '/v1/whoami', { key: token.access_token })).body.code).toBe('auth.invalid');
  // Nor does an address take an API key, which would end up in logs.
  expect((await api.call('GET', `${path}?access_token=${api.key}`, { key: null })).body.code).toBe('auth.invalid');
  for (const wrong of ['x', `acs_${'A'.repeat(43)}`, '']) expect((await api.call('GET', `${path}?access_token=${wrong}`, { key: null })).status).toBe(401);

  const other = await api.newProject();
  const foreign = await api.call('POST', '/v1/stream-tokens', { key: other.key });
  expect((await api.call('GET', `${path}?access_token=${foreign.body.access_token}`, { key: null })).status).toBe(404);

  await mongoose.connection.collection('stream_tokens').updateMany({}, { $set: { expires_at: new Date() } });
  expect((await api.call('GET', `${path}?access_token=${token.access_token}`, { key: null })).body.code).toBe('auth.invalid');
});

test('a token dies with its key, and allows no more than its key does', async () => {
  const made = await api.call('POST', '/v1/api-keys', { body: { project: 'default', permissions: ['sessions:read'] } });
  const token = await api.call('POST', '/v1/stream-tokens', { key: made.body.key });
  const path = `/v1/sessions/${idleSession.body.session_uuid}/stream?access_token=${token.body.access_token}`;
  const heard = await listen(path, { key: null, until: () => true });
  await heard.ended;
  await api.call('DELETE', `/v1/api-keys/${made.body.api_key_uuid}`);
  expect((await api.call('GET', path, { key: null })).body.code).toBe('auth.invalid');
  const limited = await api.newKeyFor(api.project, ['agents:read']);
  expect((await api.call('POST', '/v1/stream-tokens', { key: limited })).status).toBe(403);
});

test('a stream on which nothing happens is kept open by a ping, and goes on with what happens then', async () => {
  await eventually(async () => idle.comments.length, (count) => count > 0);
  expect(idle.comments[0]).toBe('ping');
  const before = idle.events.length;
  await api.call('POST', `/v1/sessions/${idleSession.body.session_uuid}/cancel`);
  await idle.ended;
  expect(idle.events.length).toBeGreaterThan(before);
  expect(ids(idle.events)).toEqual(upTo(ids(idle.events).length));
  expect(idle.events.at(-1)!.event).toBe('session.ended');
});
