import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;
let logged = '';
/** Everything that only its caller may know. */
const secrets: string[] = [];

beforeAll(async () => {
  const destination = new Writable({
    write(line, _encoding, done) {
      logged += String(line);
      done();
    },
  });
  api = await apiWithWorker('http_secrets', { log: pino({ level: 'trace' }, destination) });
  secrets.push(api.key);
});
afterAll(() => api.close());

test('keys and tokens are in no log line and in no record, whatever is done with them', async () => {
  const headers = { 'idempotency-key': v7() };
  const made = await api.call('POST', '/v1/api-keys', { body: { project: 'default', name: 'ci' }, headers });
  const { key } = made.body;
  secrets.push(key);
  // The same answer again, out of the records, for the same key alone.
  expect((await api.call('POST', '/v1/api-keys', { body: { project: 'default', name: 'ci' }, headers })).body).toEqual(made.body);
  const admin = await api.newKeyFor(api.project, ['admin']);
  secrets.push(admin);
  expect((await api.call('POST', '/v1/api-keys', { key: admin, body: { project: 'default', name: 'ci' }, headers })).body.code).toBe('idempotency.mismatch');

  const token = (await api.call('POST', '/v1/stream-tokens', { key, headers: { 'idempotency-key': v7() } })).body.access_token;
  secrets.push(token);
  const definition = { agents: [{ agent_name: 'A', instructions: 'instructions-of-a-tenant', model: 'scripted/x' }, { agent_name: 'B', instructions: 'x', model: 'scripted/x', config: { script: [{ error: { code: 'provider.auth' } }] } }] };
  const done = await api.call('POST', '/v1/sessions?wait=30s', { key, body: { definition, task_query: 'task-of-a-tenant' } });
  expect(done.body.status).toBe('failed');
  await api.call('GET', `/v1/sessions/${done.body.session_uuid}/stream?access_token=${token}`, { key: null });
  await api.call('GET', `/v1/sessions/${done.body.session_uuid}/stream?access_token=${key}`, { key: null });
  await api.call('GET', `/v1/agents?access_token=${key}`);
  await api.call('GET', '/v1/agents', { key: `${key}x` });
  await api.call('POST', '/v1/agents', { key, raw: `{"agent_name": "${key}", ` });
  await api.call('DELETE', `/v1/api-keys/${key}`);

  expect(logged).toContain('/v1/sessions');
  expect(logged.split('\n').length).toBeGreaterThan(10);
  for (const secret of secrets) expect(logged).not.toContain(secret);
  for (const contents of ['instructions-of-a-tenant', 'task-of-a-tenant']) expect(logged).not.toContain(contents);

  const collections = await mongoose.connection.db!.listCollections({}, { nameOnly: true }).toArray();
  const stored = (await Promise.all(collections.map(({ name }) => mongoose.connection.collection(name).find().toArray()))).map((rows) => JSON.stringify(rows)).join('\n');
  expect(stored).toContain(made.body.api_key_uuid);
  for (const secret of secrets) expect(stored).not.toContain(secret);
});

test('a problem document repeats no key, and an answer shows one only where it was made', async () => {
  const [, key] = secrets;
  const replies = [
    await api.call('GET', '/v1/agents', { key: `${key}x` }),
    await api.call('GET', `/v1/agents?access_token=${key}`),
    await api.call('POST', '/v1/agents', { raw: `{"agent_name": "${key}", ` }),
    await api.call('GET', '/v1/api-keys?limit=100'),
    await api.call('GET', '/v1/whoami'),
  ];
  for (const { text } of replies) for (const secret of secrets) expect(text).not.toContain(secret);
});
