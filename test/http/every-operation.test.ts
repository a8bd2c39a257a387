import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { z } from 'zod';
import { OPERATIONS } from '../../src/operations/index.ts';
import { inputPlaces } from '../../src/operations/operation.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { minimalInstance } from '../../src/providers/minimal-instance.ts';
import type { Call, Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';
import { storedCounts } from './stored.ts';

type Json = Record<string, unknown>;

let api: ApiWithWorker;
/** For each path parameter a record of this project; a new kind of parameter has to be added here. */
let own: Record<string, string>;
let foreignKey: string;
let counts: Record<string, number>;

beforeAll(async () => {
  api = await apiWithWorker('http_every_operation');
  const script = [{ output_bytes: 70_000 }];
  const agent = await api.call('POST', '/v1/agents', { body: { agent_name: 'Own', model: 'scripted/x', config: { script } } });
  const asking = { agent_name: 'Asking', model: 'scripted/x', instructions: 'x' };
  await api.call('POST', '/v1/agents', { body: asking });
  const coordination = await api.call('POST', '/v1/coordinations', {
    body: {
      coordination_name: 'Own', agents: [{ agent_name: 'Own' }, { agent_name: 'Asking' }],
      agent_actions: { Asking: { predecessors: ['Own'], user_in_the_loop: 'before' } },
    },
  });
  const session = await api.call('POST', '/v1/sessions?wait=30s', { body: { coordination: 'Own' } });
  const { session_uuid, pending_decisions: [decision] } = session.body;
  const [first] = (await api.call('GET', `/v1/sessions/${session_uuid}/session-agents`)).body.data;
  const key = await api.call('POST', '/v1/api-keys', { body: { project: 'default' } });
  own = {
    agent_uuid: agent.body.agent_uuid,
    agent_name: 'Own',
    coordination_uuid: coordination.body.coordination_uuid,
    coordination_name: 'Own',
    version: '1',
    session_uuid,
    session_agent_uuid: decision.session_agent_uuid,
    decision_uuid: decision.decision_uuid,
    output_uuid: first.agent_output_ref,
    thread_uuid: first.thread_uuid,
    project_uuid: api.project.project_uuid,
    api_key_uuid: key.body.api_key_uuid,
  };
  foreignKey = (await api.newProject()).key;
  counts = await storedCounts();
});
afterAll(() => api.close());

const uuidsOf = (operation: Operation) => inputPlaces(operation).path.filter((name) => name.endsWith('_uuid'));
const named = (operations: readonly Operation[]) => operations.map((operation) => [operation.name, operation] as const);
const takesBody = (operation: Operation) => ['POST', 'PUT', 'PATCH'].includes(operation.method);

function pathOf(operation: Operation, values: Record<string, string> = own): string {
  return `/v1${operation.path.replace(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(values[name]!))}`;
}

/** The smallest body that has the right shape: the required fields alone. */
function bodyOf(operation: Operation): Json {
  const { properties = {}, required = [], $defs } = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as { properties?: Json; required?: string[]; $defs?: Json };
  const fields = inputPlaces(operation).body.filter((field) => required.includes(field));
  return Object.fromEntries(fields.map((field) => [field, minimalInstance({ ...(properties[field] as Json), $defs }, 'x')]));
}

/** Every request says an Idempotency-Key: a refusal must not leave one behind either. */
function send(operation: Operation, call: Call & { path?: string; query?: string } = {}): Promise<Reply> {
  const { path = pathOf(operation), query = '', headers, ...rest } = call;
  const hasBody = rest.body !== undefined || rest.raw !== undefined;
  return api.call(operation.method, `${path}${query}`, {
    ...(takesBody(operation) && !hasBody ? { body: bodyOf(operation) } : {}),
    headers: { 'idempotency-key': v7(), ...headers },
    ...rest,
  });
}

async function nothingStored(): Promise<void> {
  expect(await storedCounts()).toEqual(counts);
}

/** Where a body cannot be what was meant, an error names the field. */
function expectNamed(reply: Reply, field: string, code = 'request.invalid'): void {
  expect(reply.body).toMatchObject({ status: 400, code });
  const paths: string[] = reply.body.errors.map((error: { path: string }) => error.path);
  expect(paths.filter((path) => path === field || path.startsWith(`${field}.`))).not.toEqual([]);
  for (const error of reply.body.errors) expect(error.message.length).toBeGreaterThan(5);
}

test('this file has a record for each path parameter of each operation', () => {
  const names = new Set(OPERATIONS.flatMap((operation) => inputPlaces(operation).path));
  expect([...names].filter((name) => own[name] === undefined)).toEqual([]);
});

test.each(named(OPERATIONS.filter((operation) => uuidsOf(operation).length > 0)))('%s does not find another project\'s records, nor what does not exist', async (_name, operation) => {
  const foreign = await send(operation, { key: foreignKey });
  expect([foreign.status, foreign.body.code]).toEqual(operation.permission === 'admin' ? [403, 'auth.forbidden'] : [404, 'resource.not_found']);
  for (const name of uuidsOf(operation)) {
    for (const unknown of [v7(), 'nonsense', '[object Object]', '$gt']) {
      const reply = await send(operation, { path: pathOf(operation, { ...own, [name]: unknown }) });
      expect([unknown, reply.status, reply.body.code]).toEqual([unknown, 404, 'resource.not_found']);
      expect(reply.body.errors[0].path).toBe(name);
    }
    for (const unusable of ['\0', 'x'.repeat(256)]) {
      expectNamed(await send(operation, { path: pathOf(operation, { ...own, [name]: unusable }) }), name);
    }
  }
  await nothingStored();
});

test('an agent of another session is not one of this session', async () => {
  const other = await api.call('POST', '/v1/sessions?wait=30s', { body: { coordination: 'Own' } });
  counts = await storedCounts();
  for (const operation of OPERATIONS.filter(({ path }) => path.includes(':session_uuid') && path.includes(':session_agent_uuid'))) {
    const reply = await send(operation, { path: pathOf(operation, { ...own, session_uuid: other.body.session_uuid }) });
    expect([operation.name, reply.status]).toEqual([operation.name, 404]);
  }
  await nothingStored();
});

test.each(named(OPERATIONS))('%s refuses a caller without a key, with a wrong one, and with one that may not', async (_name, operation) => {
  for (const [key, code] of [[null, 'auth.missing'], [`ace_${'A'.repeat(43)}`, 'auth.invalid'], ['$gt', 'auth.invalid'], ['x'.repeat(10_000), 'auth.invalid']] as const) {
    const reply = await send(operation, { key });
    expect([reply.status, reply.body.code]).toEqual([401, code]);
    expect(reply.headers.get('www-authenticate')).toContain('Bearer');
  }
  await nothingStored();
  if (operation.permission === null) return;
  const other = OPERATIONS.map(({ permission }) => permission).find((permission) => permission !== null && permission !== operation.permission)!;
  const limited = await api.newKeyFor(api.project, [other]);
  expect((await send(operation, { key: limited })).body).toMatchObject({ status: 403, code: 'auth.forbidden' });
  counts = { ...counts, api_keys: counts.api_keys! + 1 };
  await nothingStored();
});

test.each(named(OPERATIONS))('%s refuses query parameters that it does not know, or twice, or with operators', async (_name, operation) => {
  const { query } = inputPlaces(operation);
  const unknown = await send(operation, { query: '?zz_unknown=1' });
  expectNamed(unknown, 'zz_unknown', 'request.unknown_parameter');
  for (const field of query.filter((name) => name !== 'metadata')) {
    expectNamed(await send(operation, { query: `?${field}=1&${field}=1` }), field, 'request.unknown_parameter');
    expect((await send(operation, { query: `?${field}[$gt]=` })).body).toMatchObject({ status: 400, code: 'request.unknown_parameter' });
    expect((await send(operation, { query: `?${field}=%00` })).body).toMatchObject({ status: 400, code: 'request.invalid' });
  }
  if (query.includes('limit')) {
    for (const limit of ['0', '101', '-1', '1.5', 'ten', '', '1e1', '9007199254740993']) expectNamed(await send(operation, { query: `?limit=${limit}` }), 'limit');
    expect((await send(operation, { query: '?limit=1' })).status).toBe(200);
    expect((await send(operation, { query: '?limit=100' })).status).toBe(200);
  }
  if (query.includes('after')) for (const after of ['nonsense', '%24gt', 'AAAA', 'LTE']) expectNamed(await send(operation, { query: `?after=${after}` }), 'after');
  if (query.includes('order')) expectNamed(await send(operation, { query: '?order=name' }), 'order');
  if (query.includes('wait')) for (const wait of ['61s', 'soon', '-1s', 'PT2M']) expectNamed(await send(operation, { query: `?wait=${wait}` }), 'wait');
  await nothingStored();
});

const WRONG: Array<[string, unknown]> = [
  ['an operator object', { $gt: '' }], ['a nested operator object', { a: { $where: '1' } }], ['a list of operator objects', [{ $ne: null }]],
  ['a number', 12.5], ['a text', 'zz'], ['true', true], ['an empty text', ''], ['null', null], ['a text of 200,000 characters', 'x'.repeat(200_000)],
];

test.each(named(OPERATIONS.filter(takesBody)))('%s refuses a body of the wrong shape and names the field', async (_name, operation) => {
  const { body: fields } = inputPlaces(operation);
  expectNamed(await send(operation, { body: { ...bodyOf(operation), zz_unknown: 1 } }), 'zz_unknown');
  for (const field of fields) {
    const schema = operation.input.shape[field] as z.ZodType;
    for (const [, value] of WRONG) {
      // What the schema takes is no wrong shape: free JSON, or a value that happens to fit.
      if (schema.safeParse(value).success) continue;
      expectNamed(await send(operation, { body: { ...bodyOf(operation), [field]: value } }), field);
    }
  }
  for (const name of inputPlaces(operation).path) expectNamed(await send(operation, { body: { ...bodyOf(operation), [name]: own[name] } }), name);
  await nothingStored();
});

test.each(named(OPERATIONS.filter(takesBody)))('%s refuses bodies that are no JSON object, too deep, too large or of another type', async (_name, operation) => {
  const limit = operation.body_limit ?? 1_000_000;
  const cases: Array<[Call, number, string]> = [
    [{ raw: '{"a": ' }, 400, 'request.malformed_json'],
    [{ raw: '[]' }, 400, 'request.invalid'],
    [{ raw: '"x"' }, 400, 'request.invalid'],
    [{ raw: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }, 400, 'request.too_deep'],
    [{ raw: `{"a":"${'x'.repeat(5_000_000)}"}` }, 413, 'request.too_large'],
    [{ raw: ' '.repeat(limit + 1) }, 413, 'request.too_large'],
    [{ raw: '{}', headers: { 'content-type': 'text/plain' } }, 415, 'request.unsupported_media_type'],
    [{ raw: '{"a":9007199254740993}' }, 400, 'request.invalid'],
    [{ raw: '{"a":"\\ud800"}' }, 400, 'request.invalid'],
    [{ raw: '{"a":"\\u0000"}' }, 400, 'request.invalid'],
  ];
  for (const [call, status, code] of cases) {
    const reply = await send(operation, call);
    expect([String(call.raw).slice(0, 20), reply.status, reply.body.code]).toEqual([String(call.raw).slice(0, 20), status, code]);
  }
  await nothingStored();
});

test('every POST that creates or acts takes an Idempotency-Key', () => {
  const without = OPERATIONS.filter((operation) => operation.method === 'POST' && operation.idempotent !== true).map((operation) => operation.name);
  expect(without).toEqual(['coordinations.validate']);
});
