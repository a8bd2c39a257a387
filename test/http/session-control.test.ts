import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { startSessionWorkflow } from '../../src/operations/session-workflow.ts';
import { findSession } from '../../src/records/session.ts';
import { eventually } from '../session/eventually.ts';
import type { Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;
beforeAll(async () => { api = await apiWithWorker('http_session_control'); });
afterAll(() => api.close());

const agent = (agent_name: string, entry: Record<string, unknown>) => ({ agent_name, instructions: 'x', model: 'scripted/x', config: { script: [entry] } });
const QUICK = { agents: [agent('Quick', { text: 'done' })] };
const HANGING = { agents: [agent('Hanging', { hang: true })] };
const CHAIN = { agents: [agent('One', { text: '1', delay_ms: 700 }), agent('Two', { text: '2' })], agent_actions: { Two: { predecessors: ['One'] } } };

const pathOf = (session: Reply) => `/v1/sessions/${session.body.session_uuid}`;
const until = (session: Reply, status: string) => eventually(() => api.call('GET', pathOf(session)), (reply) => reply.body.status === status);
const stateOf = async (session: Reply, agent_name: string) => (await api.call('GET', `${pathOf(session)}/session-agents`)).body.data.find((row: { agent_name: string }) => row.agent_name === agent_name)?.state;
const typesOf = async (session: Reply) => (await api.call('GET', `${pathOf(session)}/events?limit=100`)).body.data.map((event: { event_type: string }) => event.event_type);

test('a wait answers 200 when the session ends, and 202 when the time is over first', async () => {
  const done = await api.run(QUICK);
  expect([done.status, done.body.status, done.body.output]).toEqual([200, 'completed', 'done']);
  const early = await api.run(HANGING, {}, '?wait=100ms');
  expect(early.status).toBe(202);
  expect(early.body.ended_at).toBeNull();
  expect((await api.call('GET', `${pathOf(early)}?wait=PT0.1S`)).status).toBe(202);
  // Without a wait, reading is 200 whatever the status.
  expect((await api.call('GET', pathOf(early))).status).toBe(200);
  await api.call('POST', `${pathOf(early)}/cancel`);
  const cancelled = await api.call('GET', `${pathOf(early)}?wait=30s`);
  expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
});

test('a cancel aborts the call that runs and skips nothing of what was done', async () => {
  const session = await api.run(HANGING, {}, '');
  await eventually(() => stateOf(session, 'Hanging'), (state) => state === 'in_progress');
  const reply = await api.call('POST', `${pathOf(session)}/cancel`);
  expect(reply.status).toBe(202);
  const done = await until(session, 'cancelled');
  expect(done.body).toMatchObject({ error: null, output: null, pending_decisions: [] });
  expect(done.body.ended_at).not.toBeNull();
  expect(await stateOf(session, 'Hanging')).toBe('cancelled');
  const types = await typesOf(session);
  expect(types).toContain('session.cancel_requested');
  expect(types.at(-1)).toBe('session.ended');
  for (const act of ['cancel', 'pause', 'resume']) {
    expect((await api.call('POST', `${pathOf(session)}/${act}`)).body).toMatchObject({ status: 409, code: 'session.ended', session_status: 'cancelled' });
  }
});

test('a pause lets running calls finish and starts nothing new until it is resumed', async () => {
  const session = await api.run(CHAIN, {}, '');
  await eventually(() => stateOf(session, 'One'), (state) => state === 'in_progress');
  expect((await api.call('POST', `${pathOf(session)}/pause`)).status).toBe(202);
  await until(session, 'paused');
  await eventually(() => stateOf(session, 'One'), (state) => state === 'completed');
  // Again is the same, and a waiting caller is not told that it ended.
  expect((await api.call('POST', `${pathOf(session)}/pause`)).status).toBe(202);
  expect((await api.call('GET', `${pathOf(session)}?wait=300ms`)).status).toBe(202);
  expect(await stateOf(session, 'Two')).toBe('initial');
  expect((await api.call('POST', `${pathOf(session)}/resume`)).status).toBe(202);
  expect((await until(session, 'completed')).body.output).toBe(2);
  expect(await typesOf(session)).toEqual(expect.arrayContaining(['session.paused', 'session.resumed']));
});

test('the signals of the Temporal UI do the same over REST, and say what they take', async () => {
  const session = await api.run(CHAIN, {}, '');
  expect((await api.call('POST', `${pathOf(session)}/signal`, { body: { signal: 'pause' } })).status).toBe(202);
  await until(session, 'paused');
  expect((await api.call('POST', `${pathOf(session)}/signal`, { body: { signal: 'stop' } })).body).toMatchObject({ status: 400, errors: [{ path: 'signal' }] });
  expect((await api.call('POST', `${pathOf(session)}/signal`, { body: { signal: 'cancel', payload: { a: 1 } } })).body).toMatchObject({ status: 400, errors: [{ path: 'payload' }] });
  expect((await api.call('POST', `${pathOf(session)}/signal`, { body: { signal: 'user_input', payload: { a: 'x'.repeat(70_000) } } })).body).toMatchObject({ status: 400, errors: [{ path: 'payload' }] });
  await api.call('POST', `${pathOf(session)}/signal`, { body: { signal: 'cancel' } });
  await until(session, 'cancelled');
});

test('a time-out of the session ends it as such', async () => {
  const session = await api.run(HANGING, { timeout: '500ms' }, '');
  expect(session.body.timeout_ms).toBe(500);
  expect((await until(session, 'timeout')).body).toMatchObject({ error: { code: 'session.timeout' }, output: null });
});

test('a start in the future waits for its time, and can be cancelled before', async () => {
  const soon = await api.run(QUICK, { start_at: new Date(Date.now() + 700).toISOString() }, '');
  expect(soon.body).toMatchObject({ status: 'dispatched', started_at: null });
  const done = await until(soon, 'completed');
  expect(Date.parse(done.body.started_at)).toBeGreaterThanOrEqual(Date.parse(done.body.start_at));
  const later = await api.run(QUICK, { start_at: new Date(Date.now() + 86_400_000).toISOString() }, '');
  await api.call('POST', `${pathOf(later)}/cancel`);
  expect((await until(later, 'cancelled')).body.output).toBeNull();
});

test('a signal does not bring a start in the future forward', async () => {
  const soon = await api.run(QUICK, { start_at: new Date(Date.now() + 1_500).toISOString() }, '');
  for (const act of ['pause', 'resume']) expect((await api.call('POST', `${pathOf(soon)}/${act}`)).status).toBe(202);
  const done = await until(soon, 'completed');
  expect(Date.parse(done.body.started_at)).toBeGreaterThanOrEqual(Date.parse(done.body.start_at));
});

test('a session that was cancelled while its workflow was being started stays cancelled', async () => {
  const session = await api.run(QUICK, { start_at: new Date(Date.now() + 86_400_000).toISOString() }, '');
  const row = (await findSession(api.project.partition_key, session.body.session_uuid))!;
  const { temporal } = api;
  // As it is for a moment while a start is under way: the record without its workflow.
  await temporal.workflow.getHandle(row.workflow_id).terminate();
  await eventually(() => temporal.workflow.getHandle(row.workflow_id).describe(), ({ status }) => status.name === 'TERMINATED');
  expect((await api.call('POST', `${pathOf(session)}/cancel`)).body).toMatchObject({ status: 'cancelled' });
  await startSessionWorkflow(temporal, api.config.taskQueue, { ...row, start_at: null });
  await temporal.workflow.getHandle(row.workflow_id).result().catch(() => undefined);
  expect((await api.call('GET', pathOf(session))).body).toMatchObject({ status: 'cancelled', started_at: null });
  for (const held of ['runs', 'session-agents']) expect((await api.call('GET', `${pathOf(session)}/${held}`)).body.data).toEqual([]);
  expect((await typesOf(session)).filter((type: string) => type === 'session.ended')).toHaveLength(1);
});

test('the same start with the same session_uuid at one moment is one session', async () => {
  const session_uuid = v7();
  const starts = await Promise.all(Array.from({ length: 8 }, () => api.run(QUICK, { session_uuid }, '')));
  expect(new Set(starts.map((start) => `${start.status} ${start.body.session_uuid}`))).toEqual(new Set([`202 ${session_uuid}`]));
  await until(starts[0]!, 'completed');
  expect(await typesOf(starts[0]!)).toEqual(expect.arrayContaining(['session.created', 'session.started', 'session.ended']));
  expect((await typesOf(starts[0]!)).filter((type: string) => type === 'session.created')).toHaveLength(1);
  expect((await api.call('GET', `${pathOf(starts[0]!)}/runs`)).body.data).toHaveLength(1);
});
