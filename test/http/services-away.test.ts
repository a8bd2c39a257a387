import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { readEngineFile } from '../../src/engine/engine-file.ts';
import { isAlive } from '../../src/engine/process-identity.ts';
import { registerSearchAttributes } from '../../src/engine/register-search-attributes.ts';
import { startEngine, type Engine } from '../../src/engine/start-engine.ts';
import { stopEngine } from '../../src/engine/stop-engine.ts';
import { reconcileSessions } from '../../src/operations/reconcile-sessions.ts';
import { toEngineError } from '../../src/operations/to-engine-error.ts';
import { deleteAgentUnlessNamed } from '../../src/records/delete-agent.ts';
import { eventually } from '../session/eventually.ts';
import { TEST_DATA_PREFIX } from '../setup/end-leftovers.ts';
import type { Call, Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';
import { storedCounts } from './stored.ts';

const dataDir = mkdtempSync(join(tmpdir(), TEST_DATA_PREFIX));
const agent = (name: string, script: unknown) => ({ agent_name: name, instructions: 'x', model: 'scripted/x', config: { script: [script] } });
const PLAIN = { agents: [agent('Plain', { text: 'done' })] };
const SLOW = { agents: [agent('Slow', { text: 'done', delay_ms: 4_000 })] };
const ASKING = { agents: [agent('Asking', { text: 'done' })], agent_actions: { Asking: { user_in_the_loop: 'before' } } };
let api: ApiWithWorker;

/** An engine of this file's own, whose programs it stops and starts; on the same data and ports each time. */
function bringUp(): Promise<Engine> {
  return startEngine({ dataDir, log: () => undefined, ports: { temporal: 0, temporal_ui: 0, mongod: 0 }, env: { ...process.env, TEMPORAL_ADDRESS: '', MONGODB_URI: '' } });
}

async function send(name: 'temporal' | 'mongod', signal: NodeJS.Signals): Promise<void> {
  const program = readEngineFile(dataDir)[name]!;
  if (isAlive(program)) process.kill(program.pid, signal);
  if (signal === 'SIGKILL') await eventually(async () => isAlive(program), (alive) => !alive);
  // The signal is taken a moment later; until then the program still answers.
  if (signal === 'SIGSTOP') await eventually(() => ask('GET', '/readyz', { key: null }), (reply) => reply.status === 503);
}

/** The log of the API, which alone says what was behind an unexpected error. */
let logged = '';
const log = pino({ level: 'error' }, { write: (line: string) => void (logged += line) });

/** A request that is answered within the 30 s that the document promises, or fails its test. */
async function ask(method: string, path: string, call: Call = {}): Promise<Reply> {
  const reply = await api.call(method, path, { ...call, signal: AbortSignal.timeout(30_000) });
  if (reply.status === 500) throw new Error(`${method} ${path} failed: ${logged.slice(-3_000)}`);
  return reply;
}

const ready = () => eventually(() => ask('GET', '/readyz', { key: null }), (reply) => reply.status === 200);

const reconcile = () => reconcileSessions({
  temporal: client, task_queue: api.config.taskQueue, log: pino({ level: 'silent' }), now: () => Date.now() + 60_000,
});

async function ended(session_uuid: string): Promise<Reply> {
  return eventually(() => ask('GET', `/v1/sessions/${session_uuid}`), (reply) => reply.body.ended_at !== null && reply.status === 200);
}

/** Brings back what a test left away: the worker drains only with both there. */
async function wake(): Promise<void> {
  for (const name of ['temporal', 'mongod'] as const) await send(name, 'SIGCONT');
  await bringUp();
}

/** Resolves when the only agent of a session is at work. */
async function speaks(session: Reply): Promise<void> {
  const agents = `/v1/sessions/${session.body.session_uuid}/session-agents?status=in_progress`;
  await eventually(() => ask('GET', agents), (reply) => reply.body.data.length === 1);
}

/** What is said without a key, and does not wait for who is away. */
async function expectAway(away: Array<'temporal' | 'mongodb'>): Promise<void> {
  const [readyz, healthz, status] = await Promise.all(['/readyz', '/healthz', '/status'].map((path) => ask('GET', path, { key: null })));
  expect(healthz).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(readyz!.body).toMatchObject({ status: 503, code: `unavailable.${away.includes('mongodb') ? 'mongodb' : 'temporal'}` });
  for (const name of ['temporal', 'mongodb'] as const) expect(readyz!.body.checks[name].status).toBe(away.includes(name) ? 'down' : 'up');
  expect(readyz!.body.errors.map((error: { path: string }) => error.path).sort()).toEqual([...away].sort());
  expect(readyz!.text).not.toMatch(/127\.0\.0\.1|Mongo[A-Z][a-z]*Error|grpc/);
  expect(status).toMatchObject({ status: 200, body: { status: 'degraded' } });
}

function expectRefused(reply: Reply, code: string): void {
  expect(reply.body).toMatchObject({ status: 503, code, errors: [] });
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
}

/** Called as the API tells Temporal to start a workflow, which is after the session was stored. */
let atStart: () => Promise<void> = async () => {};
let client: Client;

beforeAll(async () => {
  const engine = await bringUp();
  const connection = await Connection.connect({ address: engine.temporal_address });
  await registerSearchAttributes(connection, 'default');
  client = new Client({
    connection,
    interceptors: { workflow: [{ start: async (input, next) => { await atStart(); return next(input); } }] },
  });
  const uri = new URL(engine.mongodb_uri);
  uri.pathname = '/http_away';
  api = await apiWithWorker('http_away', { temporal: client, log }, { TEMPORAL_ADDRESS: engine.temporal_address, MONGODB_URI: uri.href });
});
beforeEach(async () => {
  await wake();
  await ready();
});
afterAll(async () => {
  await wake();
  await api.close();
  await client.connection.close();
  await stopEngine(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

test('without Temporal a start is refused and stores nothing, reading and answering go on, and work resumes', async () => {
  const asking = await api.run(ASKING);
  const other = await api.run(ASKING);
  const slow = await api.run(SLOW, {}, '');
  await speaks(slow);
  const before = await storedCounts();
  await send('temporal', 'SIGKILL');

  const [refused, ...signals] = await Promise.all([
    ask('POST', '/v1/sessions', { body: { definition: PLAIN }, headers: { 'idempotency-key': 'away' } }),
    ask('POST', `/v1/sessions/${other.body.session_uuid}/cancel`),
    ask('POST', `/v1/sessions/${other.body.session_uuid}/pause`),
    expectAway(['temporal']),
  ]);
  expectRefused(refused, 'unavailable.temporal');
  expect(refused.body.detail).toContain('no session was stored');
  for (const reply of signals.slice(0, 2)) expectRefused(reply as Reply, 'unavailable.temporal');
  const { events: _, ...now } = await storedCounts();
  const { events: __, ...then } = before;
  // The calls of the slow session go on by themselves.
  for (const name of ['sessions', 'plans', 'session_agents', 'decisions', 'threads']) expect([name, now[name]]).toEqual([name, then[name]]);
  expect(now.idempotency_keys).toBeUndefined();

  expect((await ask('GET', '/v1/sessions?status=wait_for_user_input')).body.data).toHaveLength(2);
  const [decision] = asking.body.pending_decisions;
  expect((await ask('POST', `/v1/decisions/${decision.decision_uuid}/answer`, { body: { action: 'answer', input: 'yes' } })).body).toMatchObject({ status: 'answered' });

  await bringUp();
  await ready();
  await reconcile();
  expect((await ended(asking.body.session_uuid)).body).toMatchObject({ status: 'completed', output: 'done' });
  expect((await ended(slow.body.session_uuid)).body).toMatchObject({ status: 'completed' });
  expect((await ask('GET', `/v1/sessions/${other.body.session_uuid}`)).body.status).toBe('wait_for_user_input');
  const again = await ask('POST', '/v1/sessions?wait=20s', { body: { definition: PLAIN }, headers: { 'idempotency-key': 'away' } });
  expect(again.body).toMatchObject({ status: 'completed', output: 'done' });
});

test('a session that was stored when Temporal went is accepted, says that it has not begun, and is started later', async () => {
  atStart = async () => {
    atStart = async () => {};
    await send('temporal', 'SIGSTOP');
  };
  const accepted = await ask('POST', '/v1/sessions', { body: { definition: PLAIN }, headers: { 'idempotency-key': 'stored' } });
  expect([accepted.status, accepted.body.status]).toEqual([202, 'initial']);
  const [refused] = await Promise.all([ask('POST', '/v1/sessions', { body: { definition: PLAIN } }), expectAway(['temporal'])]);
  expectRefused(refused, 'unavailable.temporal');
  await send('temporal', 'SIGCONT');
  await ready();
  await reconcile();
  const { session_uuid } = accepted.body;
  expect((await ended(session_uuid)).body.status).toBe('completed');
  const events = await ask('GET', `/v1/sessions/${session_uuid}/events`);
  expect(events.body.data.map((event: { event_type: string }) => event.event_type).slice(0, 2)).toEqual(['session.created', 'session.started']);
  const again = await ask('POST', '/v1/sessions', { body: { definition: PLAIN }, headers: { 'idempotency-key': 'stored' } });
  expect(again.body.session_uuid).toBe(session_uuid);
});

test('a frozen mongod is noticed, every request is answered, and work resumes when it wakes', async () => {
  const before = await storedCounts();
  await send('mongod', 'SIGSTOP');
  const [list, start, made] = await Promise.all([
    ask('GET', '/v1/agents'),
    ask('POST', '/v1/sessions', { body: { definition: PLAIN } }),
    // A transaction, which its driver would try again for two minutes.
    deleteAgentUnlessNamed(api.project.partition_key, 'none').then(() => undefined, toEngineError),
    expectAway(['mongodb']),
  ]);
  expectRefused(list, 'unavailable.mongodb');
  expectRefused(start, 'unavailable.mongodb');
  expect(made).toMatchObject({ code: 'unavailable.mongodb' });
  await send('mongod', 'SIGCONT');
  await ready();
  expect(await storedCounts()).toEqual(before);
  expect((await api.run(PLAIN)).body.status).toBe('completed');
});

test('a killed mongod interrupts a session and its stream, and both go on where they were', async () => {
  const slow = await api.run(SLOW, {}, '');
  const { body } = slow;
  const stream = `/v1/sessions/${body.session_uuid}/stream`;
  const first = listenTo(stream, 0);
  await speaks(slow);
  await send('mongod', 'SIGKILL');
  const [list, start] = await Promise.all([ask('GET', '/v1/agents'), ask('POST', '/v1/sessions', { body: { definition: PLAIN } }), expectAway(['mongodb'])]);
  expectRefused(list, 'unavailable.mongodb');
  expectRefused(start, 'unavailable.mongodb');
  const heard = await first;
  await bringUp();
  await ready();
  expect((await ended(body.session_uuid)).body).toMatchObject({ status: 'completed', error: null });
  const rest = await listenTo(stream, heard.length);
  expect([...heard, ...rest]).toEqual([...heard, ...rest].map((_, at) => at + 1));
  expect((await ask('GET', `/v1/sessions/${body.session_uuid}/events?limit=100`)).body.data).toHaveLength(heard.length + rest.length);
});

/** The numbers of a stream's events, until it ends. */
async function listenTo(path: string, after: number): Promise<number[]> {
  const reply = await ask('GET', path, { headers: { 'last-event-id': String(after) } });
  return [...reply.text.matchAll(/^id: (\d+)$/gm)].map((found) => Number(found[1]));
}
