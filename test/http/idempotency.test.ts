import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { z } from 'zod';
import { EngineError } from '../../src/errors.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { operation } from '../../src/operations/operation.ts';
import { eventually } from '../session/eventually.ts';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
let hold: Promise<void> = Promise.resolve();
let runs = 0;
let isAway = false;

/** Acts, waits while the test holds it, and fails as it is told. */
const act = operation({
  name: 'acts.create',
  method: 'POST',
  path: '/acts',
  summary: 'Act',
  permission: null,
  input: z.strictObject({ fail: z.enum(['before', 'after']).optional(), n: z.int().default(0) }),
  output: z.strictObject({ run: z.int(), resource_uuid: z.string() }),
  idempotent: true,
  async run(context, { fail }) {
    runs += 1;
    if (fail === 'before') throw new EngineError('resource.conflict', 'Not now.');
    context.acted();
    await hold;
    if (isAway) throw new EngineError('unavailable.mongodb', 'Away.');
    if (fail === 'after') throw new EngineError('step.failed', 'Half done.', { errors: [{ path: 'n', message: 'Half.' }] });
    return { run: runs, resource_uuid: context.resource_uuid };
  },
});

beforeAll(async () => { api = await apiUnderTest('http_idempotency', { operations: [...OPERATIONS, act] }); });
afterAll(() => api.close());

function post(body: unknown, key: string, path = '/v1/acts') {
  return api.call('POST', path, { body, headers: { 'idempotency-key': key } });
}

test('the same key and body is carried out once, whatever the order of its fields', async () => {
  const body = { agent_name: 'Once', role: 'reviewer' };
  const first = await post(body, 'agent-1', '/v1/agents');
  const again = await post({ role: 'reviewer', agent_name: 'Once' }, 'agent-1', '/v1/agents');
  expect([again.status, again.body]).toEqual([first.status, first.body]);
  expect(first.status).toBe(201);
});

test('of many at once one is carried out, and the others hear that it is in flight', async () => {
  let release!: () => void;
  hold = new Promise((resolve) => { release = resolve; });
  const before = runs;
  const first = post({ n: 1 }, 'concurrent');
  const inFlight = async () => mongoose.connection.collection('idempotency_keys').countDocuments({ idempotency_key: 'concurrent' });
  await eventually(async () => await inFlight() > 0 && runs > before, Boolean);
  const others = await Promise.all([1, 2, 3].map(() => post({ n: 1 }, 'concurrent')));
  release();
  expect(others.map((reply) => reply.body.code)).toEqual(Array(3).fill('idempotency.in_progress'));
  expect((await first).status).toBe(200);
  expect((await post({ n: 1 }, 'concurrent')).body).toEqual((await first).body);
  expect(runs).toBe(before + 1);
});

test('another body or another operation under the same key is a mismatch', async () => {
  await post({ n: 1 }, 'mismatch');
  expect((await post({ n: 2 }, 'mismatch')).body).toMatchObject({ status: 409, code: 'idempotency.mismatch' });
  expect((await post({ agent_name: 'M' }, 'mismatch', '/v1/agents')).body).toMatchObject({ status: 409, code: 'idempotency.mismatch' });
});

test('an error after something was carried out is the answer for ever, one before it is not', async () => {
  const before = runs;
  const after = await post({ fail: 'after' }, 'after');
  const again = await post({ fail: 'after' }, 'after');
  expect(runs).toBe(before + 1);
  expect(after.body).toMatchObject({ status: 500, code: 'step.failed' });
  expect({ ...again.body, request_id: '' }).toEqual({ ...after.body, request_id: '' });

  await post({ fail: 'before' }, 'before');
  expect((await post({ fail: 'before' }, 'before')).body.code).toBe('resource.conflict');
  expect(runs).toBe(before + 3);
  expect((await post({ n: 5 }, 'before')).status).toBe(200);
});

test('a refused shape does not use the key up', async () => {
  expect((await post({ n: 'x' }, 'shape')).status).toBe(400);
  expect((await post({ n: 3 }, 'shape')).status).toBe(200);
});

test('a claim whose holder died passes on with its identifier', async () => {
  const first = await post({ n: 9 }, 'died');
  const keys = mongoose.connection.collection('idempotency_keys');
  await keys.updateOne({ idempotency_key: 'died' }, { $set: { answer_status: null, answer_body: null, claimed_until: new Date(0) } });
  const second = await post({ n: 9 }, 'died');
  expect(second.body.resource_uuid).toBe(first.body.resource_uuid);
  expect(second.body.run).toBe(first.body.run + 1);
});

test('a try whose service went away half-way is taken up by the next one, not answered with its 503 for a day', async () => {
  isAway = true;
  const first = await post({ n: 10 }, 'away');
  expect(first.body).toMatchObject({ status: 503, code: 'unavailable.mongodb' });
  const { resource_uuid } = (await mongoose.connection.collection('idempotency_keys').findOne({ idempotency_key: 'away' }))!;
  isAway = false;
  expect((await post({ n: 11 }, 'away')).body.code).toBe('idempotency.mismatch');
  const second = await post({ n: 10 }, 'away');
  expect([second.status, second.body.resource_uuid]).toEqual([200, resource_uuid]);
  expect((await post({ n: 10 }, 'away')).body).toEqual(second.body);
});

test('a start that died is the same session when it is sent again', async () => {
  const body = { definition: { agents: [{ agent_name: 'A', instructions: 'x', model: 'scripted/x' }] }, start_at: new Date(Date.now() + 86_400_000).toISOString() };
  const first = await post(body, 'start-died', '/v1/sessions');
  await mongoose.connection.collection('idempotency_keys').updateOne({ idempotency_key: 'start-died' }, { $set: { answer_status: null, answer_body: null, claimed_until: new Date(0) } });
  // It died between the record and the workflow.
  await mongoose.connection.collection('sessions').updateOne({ session_uuid: first.body.session_uuid }, { $set: { status: 'initial' } });
  const second = await post(body, 'start-died', '/v1/sessions');
  expect([second.status, second.body.session_uuid, second.body.status]).toEqual([202, first.body.session_uuid, 'dispatched']);
  expect((await api.call('GET', '/v1/sessions')).body.data).toHaveLength(1);
  expect((await api.call('GET', `/v1/sessions/${first.body.session_uuid}/events`)).body.data).toHaveLength(1);
  await api.temporal.workflow.getHandle(first.body.workflow_id).terminate();
});

test('an agent made by a try that died is found, not made twice', async () => {
  const first = await post({ agent_name: 'Died' }, 'agent-died', '/v1/agents');
  await mongoose.connection.collection('idempotency_keys').updateOne({ idempotency_key: 'agent-died' }, { $set: { answer_status: null, answer_body: null, claimed_until: new Date(0) } });
  const second = await post({ agent_name: 'Died' }, 'agent-died', '/v1/agents');
  expect([second.status, second.body]).toEqual([201, first.body]);
});

test('two projects use one key without meeting', async () => {
  const other = await api.newProject();
  const mine = await post({ n: 1 }, 'shared');
  const theirs = await api.call('POST', '/v1/acts', { key: other.key, body: { n: 2 }, headers: { 'idempotency-key': 'shared' } });
  expect([mine.status, theirs.status]).toEqual([200, 200]);
  expect(theirs.body.resource_uuid).not.toBe(mine.body.resource_uuid);
});

test('a new API key is shown again under its Idempotency-Key, and lies nowhere in the clear', async () => {
  const first = await post({ project: 'default', name: 'ci' }, 'api-key', '/v1/api-keys');
  expect(first.body.key).toMatch(/^ace_/);
  const again = await post({ project: 'default', name: 'ci' }, 'api-key', '/v1/api-keys');
  expect(again.body).toEqual(first.body);
  for (const name of ['idempotency_keys', 'api_keys']) {
    expect(JSON.stringify(await mongoose.connection.collection(name).find().toArray())).not.toContain(first.body.key);
  }
});

test('validation ignores the key', async () => {
  const body = { agents: [{ agent_name: 'nobody' }] };
  expect((await post(body, 'ignored', '/v1/coordinations/validate')).status).toBe(200);
  expect((await post({ agents: [] }, 'ignored', '/v1/coordinations/validate')).status).toBe(200);
});
