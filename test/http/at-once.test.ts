import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest('http_at_once');
  for (const agent_name of ['A', 'B']) await api.call('POST', '/v1/agents', { body: { agent_name, model: 'scripted/x' } });
});
afterAll(() => api.close());

const atOnce = <Result>(count: number, act: (at: number) => Promise<Result>) => Promise.all(Array.from({ length: count }, (_, at) => act(at)));

test('the same PUT by name, sent many times at one moment, makes one and leaves the rest as they are', async () => {
  for (const [path, body, version] of [
    ['/v1/agents/by-name/New%20one', { instructions: 'x' }, 'version'],
    ['/v1/coordinations/by-name/New%20one', { agents: [{ agent_name: 'A' }] }, 'version'],
  ] as const) {
    const replies = await atOnce(6, () => api.call('PUT', path, { body }));
    expect([path, replies.map((reply) => reply.status).sort()]).toEqual([path, [200, 200, 200, 200, 200, 201]]);
    for (const reply of replies) expect(reply.body).toEqual(replies[0]!.body);
    expect(replies[0]!.body[version]).toBe(1);
  }
});

test('of many with one name one is made, and the others hear that it is taken', async () => {
  for (const [path, body] of [
    ['/v1/agents', { agent_name: 'Contested' }],
    ['/v1/coordinations', { coordination_name: 'Contested', agents: [{ agent_name: 'A' }] }],
    ['/v1/coordinations', { coordination_name: 'Contested draft', agents: [{ agent_name: 'A' }], draft: true }],
    ['/v1/projects', { name: 'contested' }],
  ] as const) {
    const replies = await atOnce(6, () => api.call('POST', path, { body }));
    expect([path, replies.map((reply) => reply.status).sort()]).toEqual([path, [201, 409, 409, 409, 409, 409]]);
    for (const reply of replies) if (reply.status === 409) expect(reply.body.code).toBe('resource.exists');
  }
});

test('changes of different fields of one draft at one moment are all kept', async () => {
  const made = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Draft', agents: [{ agent_name: 'A' }], draft: true } });
  const path = `/v1/coordinations/${made.body.coordination_uuid}`;
  const changes = [
    { coordination_description: 'Described.' },
    { agents: [{ agent_name: 'A' }, { agent_name: 'B' }] },
    { agent_actions: { A: { predecessors: [] } } },
    { config: { max_parallel: 3 } },
  ];
  const replies = await atOnce(changes.length, (at) => api.call('PATCH', path, { body: changes[at] }));
  expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
  expect((await api.call('GET', path)).body.draft).toEqual(Object.assign({}, ...changes));
});

test('changes of one agent at one moment are each counted, and one that names its version wins alone', async () => {
  const made = await api.call('POST', '/v1/agents', { body: { agent_name: 'Changed' } });
  const path = `/v1/agents/${made.body.agent_uuid}`;
  await atOnce(5, (at) => api.call('PATCH', path, { body: { metadata: { at } } }));
  const { version } = (await api.call('GET', path)).body;
  expect(version).toBe(6);
  const replies = await atOnce(5, (at) => api.call('PATCH', path, { body: { version, domain: `d${at}` } }));
  expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409, 409, 409, 409]);
});

test('publications of one coordination at one moment number their versions without a gap', async () => {
  const made = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Versions', agents: [{ agent_name: 'A' }] } });
  const path = `/v1/coordinations/by-name/Versions`;
  const replies = await atOnce(6, (at) => api.call('PUT', path, { body: { agents: [{ agent_name: 'A', instructions: `v${at}` }] } }));
  for (const reply of replies) expect([200, 409]).toContain(reply.status);
  const versions = (await api.call('GET', `/v1/coordinations/${made.body.coordination_uuid}/versions?limit=100`)).body.data.map((row: { version: number }) => row.version);
  expect(versions).toEqual(versions.map((_: number, at: number) => at + 1));
  expect(versions).toHaveLength(1 + replies.filter((reply) => reply.status === 200).length);
});
