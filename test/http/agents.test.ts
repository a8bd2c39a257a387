import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => { api = await apiUnderTest('http_agents'); });
afterAll(() => api.close());

test('an agent is registered with its defaults, read, changed and deleted', async () => {
  const made = await api.call('POST', '/v1/agents', { body: { agent_name: 'Researcher', instructions: 'Find facts.', model: 'scripted/any' } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ agent_name: 'Researcher', agent_type: 'task', role: 'worker', model: 'scripted/any', state: 'idle', version: 1, tools: [], metadata: {} });
  expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);

  const path = `/v1/agents/${made.body.agent_uuid}`;
  expect((await api.call('GET', path)).body).toEqual(made.body);

  const changed = await api.call('PATCH', path, { body: { instructions: 'Find sources.', version: 1 } });
  expect(changed.body).toMatchObject({ instructions: 'Find sources.', version: 2, agent_name: 'Researcher' });
  const outdated = await api.call('PATCH', path, { body: { instructions: 'Late.', version: 1 } });
  expect(outdated.body).toMatchObject({ status: 409, code: 'resource.conflict' });

  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.call('GET', path)).body).toMatchObject({ status: 404, code: 'resource.not_found' });
  expect((await api.call('DELETE', path)).status).toBe(404);
});

test('an agent is read by its name, and a name in place of the uuid says so', async () => {
  const made = (await api.call('POST', '/v1/agents', { body: { agent_name: 'Named one' } })).body;
  expect((await api.call('GET', '/v1/agents/by-name/Named%20one')).body).toEqual(made);
  expect((await api.call('GET', '/v1/agents?agent_name=Named%20one')).body).toEqual({ data: [made], next: null });
  expect((await api.call('GET', '/v1/agents?agent_name=Named')).body).toEqual({ data: [], next: null });
  expect((await api.call('GET', '/v1/agents/by-name/Named')).body).toMatchObject({ status: 404, errors: [{ path: 'agent_name' }] });
  const misnamed = await api.call('GET', '/v1/agents/Named%20one');
  expect(misnamed.body).toMatchObject({ status: 404, code: 'resource.not_found', detail: expect.stringContaining('GET /v1/agents/by-name/{agent_name}'), errors: [{ path: 'agent_uuid', message: 'Must be a uuid.' }] });
  const { key } = await api.newProject();
  expect((await api.call('GET', '/v1/agents/by-name/Named%20one', { key })).status).toBe(404);
  expect((await api.call('GET', '/v1/agents?agent_name=Named%20one', { key })).body.data).toEqual([]);
});

test('free JSON of an agent keeps keys that a database would read as operators or paths', async () => {
  const output_schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { a: { type: 'string' } }, properties: { 'a.b': { $ref: '#/$defs/a' } } };
  const metadata = { 'team.name': 'x', $gt: '', deep: { $where: '1' } };
  const made = await api.call('POST', '/v1/agents', { body: { agent_name: 'Schema', output_schema, metadata } });
  expect(made.status).toBe(201);
  const read = await api.call('GET', `/v1/agents/${made.body.agent_uuid}`);
  expect(read.body).toMatchObject({ output_schema, metadata });
  const found = await api.call('GET', '/v1/agents?metadata.team.name=x&metadata.$gt=');
  expect(found.body.data.map((agent: { agent_name: string }) => agent.agent_name)).toEqual(['Schema']);
});

test('a name is unique in its project and free in another', async () => {
  const body = { agent_name: 'Once' };
  expect((await api.call('POST', '/v1/agents', { body })).status).toBe(201);
  expect((await api.call('POST', '/v1/agents', { body })).body).toMatchObject({ status: 409, code: 'resource.exists', errors: [{ path: 'agent_name' }] });
  const other = await api.newProject();
  expect((await api.call('POST', '/v1/agents', { body, key: other.key })).status).toBe(201);
});

test('PUT by name registers, replaces or leaves an agent', async () => {
  const path = '/v1/agents/by-name/Stable%20one';
  const made = await api.call('PUT', path, { body: { instructions: 'A' } });
  expect([made.status, made.body.version]).toEqual([201, 1]);
  const same = await api.call('PUT', path, { body: { instructions: 'A' } });
  expect([same.status, same.body.version]).toEqual([200, 1]);
  const changed = await api.call('PUT', path, { body: { instructions: 'B' } });
  expect([changed.status, changed.body.version, changed.body.agent_uuid]).toEqual([200, 2, made.body.agent_uuid]);
  const both = await api.call('PUT', path, { body: { agent_name: 'Another' } });
  expect(both.body).toMatchObject({ status: 400, errors: [{ path: 'agent_name' }] });
});

test('another project\'s agent is not found, not changed and not deleted', async () => {
  const mine = await api.call('POST', '/v1/agents', { body: { agent_name: 'Private' } });
  const other = await api.newProject();
  const path = `/v1/agents/${mine.body.agent_uuid}`;
  for (const [method, body] of [['GET', undefined], ['PATCH', { instructions: 'mine now' }], ['DELETE', undefined]] as const) {
    expect((await api.call(method, path, { key: other.key, body })).status).toBe(404);
  }
  expect((await api.call('GET', '/v1/agents', { key: other.key })).body).toEqual({ data: [], next: null });
  expect((await api.call('GET', path)).body.version).toBe(1);
});

test('a list gives every agent once, page by page, in both orders, and by its filters', async () => {
  const { key } = await api.newProject();
  const names = Array.from({ length: 7 }, (_, at) => `agent ${at}`);
  for (const [at, agent_name] of names.entries()) {
    await api.call('POST', '/v1/agents', { key, body: { agent_name, role: at % 2 ? 'reviewer' : 'worker', tags: at < 2 ? ['early'] : [], metadata: { half: at < 4 ? 'a' : 'b' } } });
  }
  const walk = async (query: string) => {
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await api.call('GET', `/v1/agents?limit=3${query}${after === '' ? '' : `&after=${after}`}`, { key });
      expect(page.status).toBe(200);
      seen.push(...page.body.data.map((agent: { agent_name: string }) => agent.agent_name));
      after = page.body.next;
    }
    return seen;
  };
  expect(await walk('')).toEqual(names);
  expect(await walk('&order=-created_at')).toEqual([...names].reverse());
  expect(await walk('&role=reviewer')).toEqual(['agent 1', 'agent 3', 'agent 5']);
  expect(await walk('&tag=early')).toEqual(['agent 0', 'agent 1']);
  expect(await walk('&metadata.half=b')).toEqual(['agent 4', 'agent 5', 'agent 6']);
  expect(await walk('&created_after=2999-01-01T00:00:00Z')).toEqual([]);
  expect(await walk('&created_after=2001-01-01T00:00:00%2B02:00')).toEqual(names);
});

test('a model of no known vendor is refused and nothing is stored', async () => {
  const before = (await api.call('GET', '/v1/agents?limit=100')).body.data.length;
  const refused = await api.call('POST', '/v1/agents', { body: { agent_name: 'Lost', model: 'nobody/gpt-9' } });
  expect(refused.body).toMatchObject({ status: 422, code: 'agent.unknown_model', errors: [{ path: 'model' }] });
  expect(refused.body.errors[0].message).toContain('anthropic');
  expect((await api.call('GET', '/v1/agents?limit=100')).body.data.length).toBe(before);
});
