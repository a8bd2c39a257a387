import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { eventually } from '../session/eventually.ts';
import { dataFolder, endStarted, onTestServers, startCommand, startProcess, type StartedProcess } from './started-process.ts';

const data = dataFolder();
const servers = onTestServers();
const env = { ...servers, ACE_DATA_DIR: data.path };

afterEach(endStarted);
afterAll(() => data.remove());

function lines(started: StartedProcess): Array<Record<string, unknown>> {
  return started.output().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a worker and an API say which addresses are missing', async () => {
  const neither = startProcess('workers/worker.ts', { env: { ...env, TEMPORAL_ADDRESS: '', MONGODB_URI: '' } });
  const one = startProcess('workers/api.ts', { env: { ...env, MONGODB_URI: '' } });
  expect([await neither.ended, await one.ended]).toEqual([1, 1]);
  expect(neither.output()).toBe('Set TEMPORAL_ADDRESS and MONGODB_URI: this process joins an engine that runs. npm start prints both, or starts everything in one process.\n');
  expect(one.output()).toMatch(/^Set MONGODB_URI: /);
});

test('a worker and an API say that no MongoDB answers, and keep the password', async () => {
  const away = startProcess('workers/worker.ts', { env: { ...env, MONGODB_URI: 'mongodb://me:hunter22@127.0.0.1:9/ace' } });
  const wrong = startProcess('workers/api.ts', { env: { ...env, MONGODB_URI: 'mongo://me:hunter22@127.0.0.1' } });
  expect([await away.ended, await wrong.ended]).toEqual([1, 1]);
  expect(away.output()).toMatch(/^No MongoDB answers at the address in MONGODB_URI: .*127\.0\.0\.1:9.*Start it or set the variable/);
  expect(wrong.output()).toBe('No MongoDB answers at the address in MONGODB_URI: it is no address of a MongoDB. Start it or set the variable to where it is.\n');
  expect(away.output() + wrong.output()).not.toContain('hunter22');
});

test('a worker says that no Temporal answers; an API starts without it and says so when asked', async () => {
  const away = { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const worker = startProcess('workers/worker.ts', { env: away });
  const api = startProcess('workers/api.ts', { env: away });
  const [, url] = await api.says(/"url":"(\S+?)"/);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ code: 'unavailable.temporal' });
  expect(await worker.ended).toBe(1);
  expect(worker.output()).toBe('TEMPORAL_ADDRESS is 127.0.0.1:9, and no Temporal server answers there. Start it or set the variable to where it is.\n');
  await api.says(/TEMPORAL_ADDRESS is 127\.0\.0\.1:9, and no Temporal server answers there/);
  api.signal('SIGTERM');
  expect(await api.ended).toBe(0);
});

test.each(['api', 'worker'])('a SIGTERM to npm run %s reaches the process', async (script) => {
  const npm = startCommand(['npm', 'run', script], { env });
  await npm.says(/the API listens|the worker runs/);
  // As a supervisor does, to npm alone. Its pipes close when the process below it has ended too.
  process.kill(npm.pid, 'SIGTERM');
  await npm.ended;
  await npm.says(/the API has stopped|the worker has drained/);
});

test('a worker that is asked to stop lets its calls end, and serves its metrics until then', async () => {
  const api = startProcess('workers/api.ts', { env });
  const worker = startProcess('workers/worker.ts', { env: { ...env, ACE_METRICS_PORT: '0' } });
  const [, url] = await api.says(/"url":"(\S+?)"/);
  const [, metrics] = await worker.says(/"metrics":"(\S+?)"/);
  const key = readFileSync(join(data.path, 'admin.key'), 'utf8').trim();
  const call = async (method: string, path: string, body?: unknown): Promise<any> =>
    (await fetch(`${url}/v1${path}`, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body) })).json();
  const { session_uuid } = await call('POST', '/sessions', {
    task_query: 'Go on.',
    definition: { agents: [{ agent_name: 'slow', agent_type: 'task', instructions: 'x', model: 'scripted/slow', config: { script: [{ text: 'done', delay_ms: 2_000 }] } }], agent_actions: {} },
  });
  await eventually(async () => (await call('GET', `/sessions/${session_uuid}/session-agents`)).data, (agents) => agents?.[0]?.state === 'in_progress');
  expect(await (await fetch(metrics!)).text()).toContain('ace_model_call_seconds');
  worker.signal('SIGTERM');
  expect(await worker.ended).toBe(0);
  expect(lines(worker).map(({ msg }) => msg).slice(-3)).toEqual(['the worker drains; a second signal ends it at once', 'model call', 'the worker has drained']);
  // The call's answer is there, though the session has to wait for another worker to end.
  expect((await call('GET', `/sessions/${session_uuid}/runs`)).data).toEqual([expect.objectContaining({ attempt: 1 })]);
  const next = startProcess('workers/worker.ts', { env });
  await eventually(() => call('GET', `/sessions/${session_uuid}`), ({ status }) => status === 'completed');
  expect((await call('GET', `/sessions/${session_uuid}/runs`)).data).toHaveLength(1);
  next.signal('SIGINT');
  expect(await next.ended).toBe(0);
});
