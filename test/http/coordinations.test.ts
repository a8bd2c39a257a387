import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest('http_coordinations');
  for (const agent_name of ['Plan', 'Search A', 'Search B', 'Write']) await api.call('POST', '/v1/agents', { body: { agent_name, model: 'scripted/x' } });
});
afterAll(() => api.close());

const agents = [{ agent_name: 'Search A' }, { agent_name: 'Search B', instructions: 'Deeper.' }, { agent_name: 'Write' }];
const agent_actions = { Write: { predecessors: ['Search A', 'Search B'], user_in_the_loop: { when: 'after', actions: ['approve', 'reject'], expires_in: '2h' } } };

function codes(reply: { body: { errors: Array<{ path: string; code: string }> } }) {
  return reply.body.errors.map(({ path, code }) => [path, code]);
}

test('a coordination is published at once, and its plan is there as JSON and as Mermaid', async () => {
  const made = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Report', agents, agent_actions, tags: ['a'], config: { max_parallel: 5 } } });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ state: 'ready', version: 1, has_draft: false, draft: null, problems: [], agent_count: 3, agents, agent_actions, endpoint_id: 'local', part_id: 'default' });

  const path = `/v1/coordinations/${made.body.coordination_uuid}`;
  expect((await api.call('GET', path)).body).toEqual(made.body);
  const plan = await api.call('GET', `${path}/plan`);
  expect(plan.body).toMatchObject({ version: 1, plan_hash: made.body.plan_hash, plan: { nodes: [{ name: 'Search A' }, { overrides: { instructions: 'Deeper.' } }, { predecessors: [0, 1] }] } });
  for (const asked of [await api.call('GET', `${path}/plan?format=mermaid`), await api.call('GET', `${path}/plan`, { headers: { accept: 'text/vnd.mermaid' } })]) {
    expect(asked.headers.get('content-type')).toContain('text/vnd.mermaid');
    expect(asked.text).toMatch(/^flowchart/);
  }
  expect((await api.call('GET', `${path}/versions`)).body.data).toMatchObject([{ version: 1, author: 'test', note: null }]);
  expect((await api.call('GET', `${path}/versions/1`)).body.definition).toMatchObject({ agents, agent_actions });
  expect((await api.call('GET', `${path}/versions/2`)).status).toBe(404);
});

test.each(['By name', 'plan', 'versions', 'sessions'])('a coordination named %s is put and read by its name', async (coordination_name) => {
  const path = `/v1/coordinations/by-name/${encodeURIComponent(coordination_name)}`;
  const put = await api.call('PUT', path, { body: { agents } });
  expect(put.status).toBe(201);
  expect((await api.call('GET', path)).body).toEqual(put.body);
  expect((await api.call('GET', `/v1/coordinations?coordination_name=${encodeURIComponent(coordination_name)}`)).body.data).toMatchObject([{ coordination_uuid: put.body.coordination_uuid }]);
  const { key } = await api.newProject();
  expect((await api.call('GET', path, { key })).status).toBe(404);
});

test('a name in place of the uuid of a coordination says where names are read', async () => {
  const detail = expect.stringContaining('GET /v1/coordinations/by-name/{coordination_name}');
  for (const path of ['/v1/coordinations/Report', '/v1/coordinations/Report/plan', '/v1/coordinations/Report/versions']) {
    expect((await api.call('GET', path)).body).toMatchObject({ status: 404, code: 'resource.not_found', detail, errors: [{ path: 'coordination_uuid', message: 'Must be a uuid.' }] });
  }
  const unknown = await api.call('GET', '/v1/coordinations/0198c5a0-0000-7000-8000-000000000000');
  expect(unknown.body.detail).toBe('No such coordination in this project; GET /v1/coordinations lists them.');
});

test('every problem of a definition is told at once, and nothing is stored', async () => {
  const body = {
    coordination_name: 'Broken',
    agents: [{ agent_name: 'Search A' }, { agent_name: 'Serch B' }, { agent_name: 'Write', model: 'nobody/x' }],
    agent_actions: { 'Search A': { predecessors: ['Write'] }, Write: { predecessors: ['Search A', 'Write'] }, Nobody: {} },
  };
  const refused = await api.call('POST', '/v1/coordinations', { body });
  expect(refused.body).toMatchObject({ status: 422, code: 'definition.invalid' });
  expect(codes(refused)).toEqual(expect.arrayContaining([
    ['agents.1.agent_name', 'plan.unknown_agent'],
    ['agents.2.model', 'agent.unknown_model'],
  ]));
  expect(codes(refused).map(([, code]) => code)).toEqual(expect.arrayContaining(['plan.own_predecessor', 'plan.action_without_agent']));
  expect(refused.body.errors.find((error: { code: string }) => error.code === 'plan.unknown_agent').message).toContain('Search B');

  const validated = await api.call('POST', '/v1/coordinations/validate', { body });
  expect(validated.status).toBe(200);
  expect(validated.body).toMatchObject({ valid: false, plan: null, problems: refused.body.errors });
  const names = (await api.call('GET', '/v1/coordinations?limit=100')).body.data.map((row: { coordination_name: string }) => row.coordination_name);
  expect(names).not.toContain('Broken');
});

test('a draft is stored with its problems, published once they are gone, and changed without touching what is published', async () => {
  const draft = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Slow', agents: [{ agent_name: 'Missing' }], draft: true } });
  expect(draft.status).toBe(201);
  expect(draft.body).toMatchObject({ state: 'draft', version: null, has_draft: true, problems: [{ path: 'agents.0.agent_name' }] });
  const path = `/v1/coordinations/${draft.body.coordination_uuid}`;
  expect((await api.call('POST', `${path}/publish`)).body).toMatchObject({ status: 422, code: 'definition.invalid' });

  const repaired = await api.call('PATCH', path, { body: { agents } });
  expect(repaired.body).toMatchObject({ state: 'draft', problems: [], agents });
  const published = await api.call('POST', `${path}/publish`, { body: { note: 'first' } });
  expect(published.body).toMatchObject({ state: 'ready', version: 1, draft: null });

  const changed = await api.call('PATCH', path, { body: { agent_actions, tags: ['now'] } });
  expect(changed.body).toMatchObject({ version: 1, agent_actions: {}, has_draft: true, draft: { agents, agent_actions }, tags: ['now'] });
  expect((await api.call('POST', `${path}/publish`)).body).toMatchObject({ version: 2, agent_actions, has_draft: false });
  expect((await api.call('POST', `${path}/publish`)).body).toMatchObject({ version: 2 });
  expect((await api.call('GET', `${path}/versions?order=-created_at`)).body.data.map((row: { version: number }) => row.version)).toEqual([2, 1]);
});

test('two publications at once give one version', async () => {
  const draft = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Raced', agents, draft: true } });
  const path = `/v1/coordinations/${draft.body.coordination_uuid}`;
  const replies = await Promise.all([1, 2, 3].map(() => api.call('POST', `${path}/publish`)));
  for (const reply of replies) expect([200, 409]).toContain(reply.status);
  expect(replies.some((reply) => reply.status === 200)).toBe(true);
  expect((await api.call('GET', `${path}/versions`)).body.data.map((row: { version: number }) => row.version)).toEqual([1]);
});

test('PUT by name creates, leaves or publishes', async () => {
  const path = '/v1/coordinations/by-name/From%20Git';
  const body = { agents, agent_actions, metadata: { commit: 'a' } };
  const made = await api.call('PUT', path, { body });
  expect([made.status, made.body.version]).toEqual([201, 1]);
  const same = await api.call('PUT', path, { body });
  expect([same.status, same.body]).toEqual([200, made.body]);
  const labelled = await api.call('PUT', path, { body: { ...body, metadata: { commit: 'b' } } });
  expect([labelled.status, labelled.body.version, labelled.body.metadata]).toEqual([200, 1, { commit: 'b' }]);
  const next = await api.call('PUT', path, { body: { ...body, agent_actions: {} } });
  expect([next.status, next.body.version]).toEqual([200, 2]);
  const broken = await api.call('PUT', path, { body: { agents: [] } });
  expect(broken.status).toBe(422);
  expect((await api.call('GET', '/v1/coordinations?metadata.commit=b')).body.data).toHaveLength(0);
  expect((await api.call('GET', '/v1/coordinations?metadata.commit=a')).body.data).toMatchObject([{ version: 2 }]);
});

test('an agent that a published coordination names cannot be deleted, in its present version or an earlier one', async () => {
  const agent = await api.call('POST', '/v1/agents', { body: { agent_name: 'Held' } });
  const made = await api.call('PUT', '/v1/coordinations/by-name/Holder', { body: { agents: [{ agent_uuid: agent.body.agent_uuid }] } });
  await api.call('PUT', '/v1/coordinations/by-name/Holder', { body: { agents } });
  const refused = await api.call('DELETE', `/v1/agents/${agent.body.agent_uuid}`);
  expect(refused.body).toMatchObject({ status: 409, code: 'resource.referenced', referenced_by: [{ coordination_uuid: made.body.coordination_uuid, coordination_name: 'Holder' }] });
  expect((await api.call('DELETE', `/v1/coordinations/${made.body.coordination_uuid}`)).status).toBe(204);
  expect((await api.call('GET', `/v1/coordinations/${made.body.coordination_uuid}/versions`)).status).toBe(404);
  expect((await api.call('DELETE', `/v1/agents/${agent.body.agent_uuid}`)).status).toBe(204);
});

test('an agent is either deleted or published, never both', async () => {
  for (let round = 0; round < 5; round += 1) {
    const agent = await api.call('POST', '/v1/agents', { body: { agent_name: `Contested ${round}` } });
    const [made, deleted] = await Promise.all([
      api.call('POST', '/v1/coordinations', { body: { coordination_name: `Contest ${round}`, agents: [{ agent_uuid: agent.body.agent_uuid }] } }),
      api.call('DELETE', `/v1/agents/${agent.body.agent_uuid}`),
    ]);
    expect([[201, 409], [422, 204]]).toContainEqual([made.status, deleted.status]);
  }
});

test('an archived coordination stays as it is', async () => {
  const made = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Old', agents } });
  const path = `/v1/coordinations/${made.body.coordination_uuid}`;
  expect((await api.call('POST', `${path}/archive`)).body.state).toBe('archived');
  expect((await api.call('POST', `${path}/publish`)).body.code).toBe('coordination.archived');
  expect((await api.call('PATCH', path, { body: { agents: [] } })).body.code).toBe('coordination.archived');
  expect((await api.call('PUT', '/v1/coordinations/by-name/Old', { body: { agents } })).body.code).toBe('coordination.archived');
  expect((await api.call('GET', '/v1/coordinations?status=archived')).body.data).toMatchObject([{ coordination_name: 'Old' }]);
});

test('another project neither sees a coordination nor names its agents', async () => {
  const made = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Mine', agents } });
  const { key } = await api.newProject();
  const path = `/v1/coordinations/${made.body.coordination_uuid}`;
  for (const [method, sub] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['GET', '/plan'], ['GET', '/versions'], ['GET', '/versions/1'], ['POST', '/publish'], ['POST', '/archive']] as const) {
    const reply = await api.call(method, `${path}${sub}`, { key, ...(method === 'PATCH' ? { body: { active: false } } : {}) });
    expect([method, sub, reply.status]).toEqual([method, sub, 404]);
  }
  const foreign = await api.call('POST', '/v1/coordinations', { key, body: { coordination_name: 'Theirs', agents } });
  expect(foreign.body).toMatchObject({ status: 422, errors: [{ path: 'agents.0.agent_name' }, {}, {}] });
});

test('10,000 agents are taken and 10,001 are refused, as are none', async () => {
  const many = Array.from({ length: 10_001 }, (_, at) => ({ agent_name: `none ${at}` }));
  const over = await api.call('POST', '/v1/coordinations/validate', { body: { agents: many } });
  expect(over.body.problems).toMatchObject([{ path: 'agents', code: 'plan.too_many_agents' }]);
  const most = await api.call('POST', '/v1/coordinations/validate', { body: { agents: many.slice(1) } });
  expect(most.body.problems).toHaveLength(10_000);
  expect(most.body.problems[0].code).toBe('plan.unknown_agent');
  const none = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'None', agents: [] } });
  expect(none.body).toMatchObject({ status: 422, errors: [{ path: 'agents', code: 'plan.no_agents' }] });
});
