import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readEngineFile } from '../../src/engine/engine-file.ts';
import { isAlive } from '../../src/engine/process-identity.ts';
import { stopEngine } from '../../src/engine/stop-engine.ts';
import { eventually } from '../session/eventually.ts';
import { dataFolder, endStarted, startProcess, type StartedProcess } from './started-process.ts';

// One data folder, through a life: started, joined, interrupted, killed, started again. The tests build on each other.
const data = dataFolder();
let engine: StartedProcess;
let url: string;

const NO_SERVERS = { TEMPORAL_ADDRESS: '', MONGODB_URI: '' };

function npmStart(env: Record<string, string> = {}, args: string[] = ['--no-sample']): StartedProcess {
  return startProcess('src/start.ts', { args, env: { ...NO_SERVERS, ACE_DATA_DIR: data.path, ...env } });
}

async function startUp(): Promise<void> {
  engine = npmStart();
  await engine.says(/Ctrl-C stops everything/);
  [, url] = (await engine.says(/API +(http:\S+\/v1)/)) as unknown as [string, string];
}

async function call<T>(method: string, path: string, body?: unknown, base = url): Promise<T> {
  const key = readFileSync(join(data.path, 'admin.key'), 'utf8').trim();
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

interface Session { session_uuid: string; status: string; output: unknown }

/** A chain of scripted agents that each take `delay_ms`. */
async function startChain(length: number, delay_ms: number): Promise<string> {
  const names = Array.from({ length }, (_, index) => `link-${index}`);
  const session = await call<Session>('POST', '/sessions', {
    task_query: 'Go on.',
    definition: {
      agents: names.map((agent_name) => ({
        agent_name, agent_type: 'task', instructions: 'x', model: 'scripted/chain', config: { script: [{ text: `${agent_name} done`, delay_ms }] },
      })),
      agent_actions: Object.fromEntries(names.slice(1).map((name, index) => [name, { predecessors: [names[index]] }])),
    },
  });
  return session.session_uuid;
}

const read = (session_uuid: string): Promise<Session> => call('GET', `/sessions/${session_uuid}`);
const runs = async (session_uuid: string): Promise<number> => (await call<{ data: unknown[] }>('GET', `/sessions/${session_uuid}/runs`)).data.length;
const completed = (session_uuid: string): Promise<Session> => eventually(() => read(session_uuid), ({ status }) => status === 'completed', 45_000);

function servers(): { temporal: boolean; mongod: boolean } {
  const { temporal, mongod } = readEngineFile(data.path);
  return { temporal: temporal !== null && isAlive(temporal), mongod: mongod !== null && isAlive(mongod) };
}

/** As somebody does who is in a hurry. */
async function pressUntilItEnds(): Promise<number | NodeJS.Signals> {
  const pressing = setInterval(() => engine.output().includes('Not waiting') || engine.signal('SIGINT'), 300);
  return engine.ended.finally(() => clearInterval(pressing));
}

beforeAll(async () => {
  // Where a start is interrupted before its servers are up, none is left.
  const interrupted = npmStart();
  await eventually(async () => servers(), ({ temporal, mongod }) => temporal || mongod, 20_000);
  interrupted.signal('SIGINT');
  expect(await interrupted.ended).toBe(130);
  expect(servers()).toEqual({ temporal: false, mongod: false });
  await startUp();
}, 60_000);

afterAll(async () => {
  await endStarted();
  await stopEngine(data.path);
  data.remove();
});

test('a second start on the same folder is refused, with the way to join', async () => {
  const second = npmStart();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`runs already: process ${engine.pid}`);
  expect(second.output()).not.toMatch(/Stopping|Stopped/);
  expect(second.output()).toMatch(/export TEMPORAL_ADDRESS=127\.0\.0\.1:\d+ MONGODB_URI='mongodb:/);
  expect(servers()).toEqual({ temporal: true, mongod: true });
});

test('ports that other programs have are named', () => {
  // The servers of the tests themselves, or of another engine, have the usual port.
  expect(readEngineFile(data.path).mongod!.port).not.toBe(27_017);
  expect(engine.output()).toMatch(/Ports that other programs had, so that others are used: [^\n]*27017/);
});

test('an API and a worker of their own join with the addresses that it prints', async () => {
  const [, temporal, mongodb] = await engine.says(/export TEMPORAL_ADDRESS=(\S+) MONGODB_URI='(\S+)'/);
  const addresses = { TEMPORAL_ADDRESS: temporal!, MONGODB_URI: mongodb!, ACE_DATA_DIR: data.path };
  const worker = startProcess('workers/worker.ts', { env: addresses });
  const api = startProcess('workers/api.ts', { env: addresses });
  const [, other] = await api.says(/"url":"(\S+?)"/);
  await worker.says(/the worker runs/);
  const session_uuid = await startChain(3, 10);
  await completed(session_uuid);
  // The same deployment, seen through the other door.
  expect(await call('GET', `/sessions/${session_uuid}`, undefined, `${other}/v1`)).toMatchObject({ status: 'completed' });
  for (const joined of [worker, api]) {
    joined.signal('SIGTERM');
    expect(await joined.ended).toBe(0);
  }
});

test('Ctrl-C, which npm repeats, stops everything in order, and the next start goes on with the session', async () => {
  const session_uuid = await startChain(6, 400);
  await eventually(() => runs(session_uuid), (count) => count >= 1);
  engine.signal('SIGINT');
  engine.signal('SIGINT');
  expect(await engine.ended).toBe(0);
  expect(engine.output()).toMatch(/Stopping\.[^]*Stopped\./);
  expect(engine.output()).not.toContain('Not waiting');
  expect(servers()).toEqual({ temporal: false, mongod: false });
  await startUp();
  expect(engine.output()).toMatch(/One session of an earlier start goes on\. List[^\n]*\n\n {2}curl -H .*\/v1\/sessions\?order=-created_at/);
  await completed(session_uuid);
  expect(await runs(session_uuid)).toBe(6);
});

test('after a SIGKILL the next start uses the servers that are still there, and the session goes on', async () => {
  const before = readEngineFile(data.path);
  const session_uuid = await startChain(4, 400);
  await eventually(() => runs(session_uuid), (count) => count >= 1);
  engine.signal('SIGKILL');
  expect(await engine.ended).toBe('SIGKILL');
  expect(servers()).toEqual({ temporal: true, mongod: true });
  await startUp();
  expect(engine.output()).toMatch(/mongod: still running since an earlier start/);
  expect(readEngineFile(data.path)).toMatchObject({ temporal: before.temporal, mongod: before.mongod });
  await completed(session_uuid);
  expect(await runs(session_uuid)).toBe(4);
});

test('whoever presses Ctrl-C again does not wait for a long call, and nothing is left running', async () => {
  const session_uuid = await startChain(1, 600_000);
  await eventually(() => read(session_uuid), ({ status }) => status === 'in_progress');
  expect(await pressUntilItEnds()).toBe(0);
  expect(engine.output()).toMatch(/Not waiting any longer\.\nStopped\./);
  expect(servers()).toEqual({ temporal: false, mongod: false });
});

test('a server that ends by itself is told, and a stop leaves nothing running', async () => {
  await startUp();
  process.kill(readEngineFile(data.path).mongod!.pid, 'SIGKILL');
  await engine.says(/mongod has ended by itself; \S*mongod\.log may say why\. Press Ctrl-C/);
  expect(await pressUntilItEnds()).toBe(0);
  expect(servers()).toEqual({ temporal: false, mongod: false });
});
