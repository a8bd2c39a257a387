import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest, Call } from './api-under-test.ts';

let api: ApiUnderTest;
let agent_uuid: string;
let stored: string;

beforeAll(async () => {
  api = await apiUnderTest('http_bad_input');
  agent_uuid = (await api.call('POST', '/v1/agents', { body: { agent_name: 'A' } })).body.agent_uuid;
  stored = await everything();
});
afterAll(() => api.close());

/** What the project holds, to see that a refused request stored nothing. */
async function everything(): Promise<string> {
  const rows = await Promise.all(['agents', 'coordinations', 'coordination_versions', 'plans', 'sessions', 'idempotency_keys', 'projects', 'api_keys']
    .map((name) => mongoose.connection.collection(name).find().sort({ _id: 1 }).toArray()));
  return JSON.stringify(rows);
}

async function refused(method: string, path: string, call: Call, expected: { status: number; code: string; path?: string }): Promise<void> {
  const reply = await api.call(method, path, call);
  expect({ status: reply.status, code: reply.body.code }).toEqual({ status: expected.status, code: expected.code });
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.body).toMatchObject({ type: `urn:ace:error:${expected.code}`, title: expect.any(String), detail: expect.any(String), request_id: reply.headers.get('x-request-id'), trace_id: null });
  if (expected.path !== undefined) expect(reply.body.errors.map((error: { path: string }) => error.path)).toContain(expected.path);
  for (const error of reply.body.errors) expect(error.message.length).toBeGreaterThan(5);
  expect(reply.text).not.toMatch(/node_modules|at .*\.ts:\d+|Mongo|Cast to/);
  expect(await everything()).toBe(stored);
}

const deep = (depth: number) => `{"agent_name":"x","config":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;

test.each<[string, Partial<Call>, { status: number; code: string; path?: string }]>([
  ['JSON that ends early', { raw: '{"agent_name": ' }, { status: 400, code: 'request.malformed_json' }],
  ['no JSON at all', { raw: 'agent_name=A' }, { status: 400, code: 'request.malformed_json' }],
  ['bytes that are not UTF-8', { raw: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, { status: 400, code: 'request.malformed_json' }],
  ['a list in place of an object', { raw: '[]' }, { status: 400, code: 'request.invalid' }],
  ['null in place of an object', { raw: 'null' }, { status: 400, code: 'request.invalid' }],
  ['no body', {}, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['another content type', { raw: '{}', headers: { 'content-type': 'text/plain' } }, { status: 415, code: 'request.unsupported_media_type' }],
  ['a body of 5 MB', { raw: `{"agent_name":"${'x'.repeat(5_000_000)}"}` }, { status: 413, code: 'request.too_large' }],
  ['a body nested 10,000 deep', { raw: deep(10_000) }, { status: 400, code: 'request.too_deep' }],
  ['a body of nothing but brackets', { raw: '['.repeat(900_000) }, { status: 400, code: 'request.too_deep' }],
  ['a number as a name', { body: { agent_name: 7 } }, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['an empty name', { body: { agent_name: '  ' } }, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['a name of 10,000 characters', { body: { agent_name: 'x'.repeat(10_000) } }, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['instructions beyond their bound', { body: { agent_name: 'x', instructions: 'x'.repeat(100_001) } }, { status: 400, code: 'request.invalid', path: 'instructions' }],
  ['an unknown field', { body: { agent_name: 'x', colour: 'red' } }, { status: 400, code: 'request.invalid', path: 'colour' }],
  ['an unknown value', { body: { agent_name: 'x', agent_type: 'boss' } }, { status: 400, code: 'request.invalid', path: 'agent_type' }],
  ['an operator object as a name', { body: { agent_name: { $gt: '' } } }, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['an operator object as a role', { body: { agent_name: 'x', role: { $ne: null } } }, { status: 400, code: 'request.invalid', path: 'role' }],
  ['an operator object in a list', { body: { agent_name: 'x', tags: [{ $gt: '' }] } }, { status: 400, code: 'request.invalid', path: 'tags.0' }],
  ['an integer beyond 2^53', { raw: '{"agent_name":"x","metadata":{"n":9007199254740993}}' }, { status: 400, code: 'request.invalid' }],
  ['a number beyond a double', { raw: '{"agent_name":"x","metadata":{"n":1e400}}' }, { status: 400, code: 'request.invalid' }],
  ['more digits than a double has', { raw: '{"agent_name":"x","metadata":{"n":0.1234567890123456789}}' }, { status: 400, code: 'request.invalid' }],
  ['NUL in a value', { raw: '{"agent_name":"a\\u0000b"}' }, { status: 400, code: 'request.invalid', path: 'agent_name' }],
  ['NUL in a key', { raw: '{"agent_name":"x","metadata":{"a\\u0000":1}}' }, { status: 400, code: 'request.invalid' }],
  ['half of a surrogate pair', { raw: '{"agent_name":"x","metadata":{"a":"\\ud800"}}' }, { status: 400, code: 'request.invalid', path: 'metadata.a' }],
  ['a key named __proto__', { raw: '{"agent_name":"x","config":{"__proto__":{"admin":true}}}' }, { status: 400, code: 'request.invalid' }],
  ['too many tags', { body: { agent_name: 'x', tags: Array.from({ length: 51 }, (_, at) => `t${at}`) } }, { status: 400, code: 'request.invalid', path: 'tags' }],
  ['too much metadata', { body: { agent_name: 'x', metadata: { a: 'x'.repeat(70_000) } } }, { status: 400, code: 'request.invalid', path: 'metadata' }],
  ['a duration that is none', { body: { agent_name: 'x', timeout: 'soon' } }, { status: 400, code: 'request.invalid', path: 'timeout' }],
  ['an unknown vendor', { body: { agent_name: 'x', model: 'nobody/x' } }, { status: 422, code: 'agent.unknown_model', path: 'model' }],
  ['an unusable Idempotency-Key', { body: { agent_name: 'x' }, headers: { 'idempotency-key': 'x'.repeat(256) } }, { status: 400, code: 'request.invalid', path: 'Idempotency-Key' }],
  ['no key', { key: null, body: { agent_name: 'x' } }, { status: 401, code: 'auth.missing' }],
  ['a wrong key', { key: `ace_${'A'.repeat(43)}`, body: { agent_name: 'x' } }, { status: 401, code: 'auth.invalid' }],
  ['a key that is none', { key: '{"$gt":""}', body: { agent_name: 'x' } }, { status: 401, code: 'auth.invalid' }],
  ['a query parameter', { body: { agent_name: 'x' } }, { status: 400, code: 'request.unknown_parameter', path: 'dry' }],
])('POST /agents refuses %s', async (name, call, expected) => {
  await refused('POST', name === 'a query parameter' ? '/v1/agents?dry=1' : '/v1/agents', call, expected);
});

test.each<[string, { status: number; code: string; path?: string }]>([
  ['?limit=0', { status: 400, code: 'request.invalid', path: 'limit' }],
  ['?limit=101', { status: 400, code: 'request.invalid', path: 'limit' }],
  ['?limit=ten', { status: 400, code: 'request.invalid', path: 'limit' }],
  ['?limit=1.5', { status: 400, code: 'request.invalid', path: 'limit' }],
  ['?limit=', { status: 400, code: 'request.invalid', path: 'limit' }],
  ['?limit=5&limit=6', { status: 400, code: 'request.unknown_parameter', path: 'limit' }],
  ['?agent_type[$ne]=task', { status: 400, code: 'request.unknown_parameter' }],
  ['?metadata=x', { status: 400, code: 'request.unknown_parameter', path: 'metadata' }],
  ['?colour=red', { status: 400, code: 'request.unknown_parameter', path: 'colour' }],
  ['?order=agent_name', { status: 400, code: 'request.invalid', path: 'order' }],
  ['?after=nonsense', { status: 400, code: 'request.invalid', path: 'after' }],
  ['?tag=%00', { status: 400, code: 'request.invalid', path: 'tag' }],
  ['?created_after=yesterday', { status: 400, code: 'request.invalid', path: 'created_after' }],
])('GET /agents%s is refused', async (query, expected) => {
  await refused('GET', `/v1/agents${query}`, {}, expected);
});

test('unknown, malformed and mistyped routes and identifiers are told apart from a crash', async () => {
  await refused('GET', '/v1/agents/0198c5a0-0000-7000-8000-000000000000', {}, { status: 404, code: 'resource.not_found', path: 'agent_uuid' });
  await refused('GET', '/v1/agents/nonsense', {}, { status: 404, code: 'resource.not_found' });
  await refused('GET', '/v1/agents/%00', {}, { status: 400, code: 'request.invalid' });
  await refused('GET', '/v1/agents/%zz', {}, { status: 400, code: 'request.invalid' });
  await refused('GET', '/v1/nothing', {}, { status: 404, code: 'request.not_found' });
  await refused('GET', '/nothing', { key: null }, { status: 404, code: 'request.not_found' });
  await refused('GET', '/v1/coordinations/validate', {}, { status: 405, code: 'request.method_not_allowed' });
  const wrong = await api.call('PATCH', '/v1/agents', { body: {} });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET']);
  await refused('PATCH', `/v1/agents/${agent_uuid}`, { body: { agent_uuid } }, { status: 400, code: 'request.invalid', path: 'agent_uuid' });
});

test.each<[string, unknown, { status: number; code: string; path?: string }]>([
  ['no agents', { coordination_name: 'x', agents: [] }, { status: 422, code: 'definition.invalid', path: 'agents' }],
  ['an agent that is its own predecessor', { coordination_name: 'x', agents: [{ agent_name: 'A' }], agent_actions: { A: { predecessors: ['A'] } } }, { status: 422, code: 'definition.invalid' }],
  ['an unknown agent', { coordination_name: 'x', agents: [{ agent_name: 'B' }] }, { status: 422, code: 'definition.invalid', path: 'agents.0.agent_name' }],
  ['an operator object as an agent', { coordination_name: 'x', agents: [{ agent_name: { $gt: '' } }] }, { status: 400, code: 'request.invalid', path: 'agents.0.agent_name' }],
  ['an unknown field of an action', { coordination_name: 'x', agents: [{ agent_name: 'A' }], agent_actions: { A: { after: ['A'] } } }, { status: 400, code: 'request.invalid', path: 'agent_actions.A.after' }],
  ['a wrong user_in_the_loop', { coordination_name: 'x', agents: [{ agent_name: 'A' }], agent_actions: { A: { user_in_the_loop: { when: 'never' } } } }, { status: 400, code: 'request.invalid', path: 'agent_actions.A.user_in_the_loop.when' }],
  ['a list in place of actions', { coordination_name: 'x', agents: [{ agent_name: 'A' }], agent_actions: [] }, { status: 400, code: 'request.invalid', path: 'agent_actions' }],
])('POST /coordinations refuses %s', async (_name, body, expected) => {
  await refused('POST', '/v1/coordinations', { body }, expected);
});

test('a body of 5 MB is too large for a definition as well', async () => {
  await refused('POST', '/v1/coordinations', { raw: `{"coordination_name":"${'x'.repeat(5_000_000)}"}` }, { status: 413, code: 'request.too_large' });
});

test('on loopback a foreign Host or Origin is refused', async () => {
  const send = (headers: Record<string, string>) => new Promise<number>((resolve, reject) => {
    const sent = httpRequest(`${api.url}/healthz`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject).end();
  });
  expect(await send({ host: 'attacker.example' })).toBe(403);
  expect(await send({ host: 'localhost.attacker.example' })).toBe(403);
  expect(await send({ origin: 'https://attacker.example' })).toBe(403);
  expect(await send({ origin: 'null' })).toBe(403);
  expect(await send({ host: 'localhost:9', origin: 'http://127.0.0.1:5173' })).toBe(200);
  await refused('GET', '/v1/whoami', { headers: { origin: 'https://attacker.example' } }, { status: 403, code: 'request.foreign_origin' });
});

test('a key does only what it is allowed', async () => {
  const reader = await api.newKeyFor(api.project, ['agents:read']);
  stored = await everything();
  expect((await api.call('GET', '/v1/agents', { key: reader })).status).toBe(200);
  await refused('POST', '/v1/agents', { key: reader, body: { agent_name: 'x' } }, { status: 403, code: 'auth.forbidden' });
  await refused('GET', '/v1/coordinations', { key: reader }, { status: 403, code: 'auth.forbidden' });
  const everythingButAdmin = await api.newKeyFor(api.project, ['*']);
  stored = await everything();
  await refused('GET', '/v1/projects', { key: everythingButAdmin }, { status: 403, code: 'auth.forbidden' });
  await refused('POST', '/v1/api-keys', { key: everythingButAdmin, body: { project: 'default', permissions: ['admin'] } }, { status: 403, code: 'auth.forbidden' });
});
