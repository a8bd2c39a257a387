import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest, Reply } from './api-under-test.ts';
import { storedCounts } from './stored.ts';

let api: ApiUnderTest;
let draftPath: string;
let counts: Record<string, number>;

beforeAll(async () => {
  api = await apiUnderTest('http_definitions');
  for (const agent_name of ['A', 'B', 'C']) await api.call('POST', '/v1/agents', { body: { agent_name, model: 'scripted/x' } });
  await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Good', agents: [{ agent_name: 'A' }, { agent_name: 'B' }, { agent_name: 'C' }] } });
  const draft = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Draft', agents: [{ agent_name: 'A' }], draft: true } });
  draftPath = `/v1/coordinations/${draft.body.coordination_uuid}`;
  counts = await storedCounts();
});
afterAll(() => api.close());

interface Definition {
  agents: unknown[];
  agent_actions?: Record<string, unknown>;
}

const many = (count: number) => Array.from({ length: count }, (_, at) => ({ agent_name: `agent ${at}` }));
const three = [{ agent_name: 'A' }, { agent_name: 'B' }, { agent_name: 'C' }];

const BAD: Array<[string, Definition, string, string]> = [
  ['no agents', { agents: [] }, 'agents', 'plan.no_agents'],
  ['10,001 agents', { agents: many(10_001) }, 'agents', 'plan.too_many_agents'],
  ['a cycle', { agents: three, agent_actions: { A: { predecessors: ['C'] }, B: { predecessors: ['A'] }, C: { predecessors: ['B'] } } }, 'agent_actions', 'plan.cycle'],
  ['an agent that is its own predecessor', { agents: three, agent_actions: { B: { predecessors: ['B'] } } }, 'agent_actions.B.predecessors', 'plan.own_predecessor'],
  ['an unknown agent', { agents: [...three, { agent_name: 'Nobody' }] }, 'agents.3.agent_name', 'plan.unknown_agent'],
  ['an agent of no project', { agents: [{ agent_uuid: '0198c5a0-0000-7000-8000-000000000000' }] }, 'agents.0.agent_uuid', 'plan.unknown_agent'],
  ['an unknown predecessor', { agents: three, agent_actions: { A: { predecessors: ['Nobody'] } } }, 'agent_actions.A.predecessors', 'plan.unknown_predecessor'],
  ['a model of no known vendor', { agents: [{ agent_name: 'A', model: 'nobody/gpt-9' }] }, 'agents.0.model', 'agent.unknown_model'],
];

/** Every door through which a definition comes in. */
const DOORS: Array<[string, (definition: Definition) => Promise<Reply>]> = [
  ['POST /coordinations', (definition) => api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Bad', ...definition } })],
  ['PUT /coordinations/by-name', (definition) => api.call('PUT', '/v1/coordinations/by-name/Bad', { body: definition })],
  ['PUT over a good one', (definition) => api.call('PUT', '/v1/coordinations/by-name/Good', { body: definition })],
  ['POST /sessions', (definition) => api.call('POST', '/v1/sessions', { body: { definition } })],
];

function expectProblem(problems: Array<{ path: string; code: string; message: string }>, path: string, code: string): void {
  const named = problems.filter((problem) => problem.code === code && (problem.path === path || problem.path.startsWith(`${path}.`)));
  expect({ problems: problems.slice(0, 5), named: named.length > 0 }).toMatchObject({ named: true });
  for (const { message } of problems) expect(message.length).toBeGreaterThan(15);
}

for (const [door, open] of DOORS) {
  test.each(BAD)(`${door} refuses %s and stores nothing`, async (_name, definition, path, code) => {
    const reply = await open(definition);
    expect(reply.body).toMatchObject({ status: 422, code: 'definition.invalid' });
    expectProblem(reply.body.errors, path, code);
    expect(await storedCounts()).toEqual(counts);
  });
}

test.each(BAD)('a draft with %s tells its problems and is not published', async (_name, definition, path, code) => {
  const changed = await api.call('PATCH', draftPath, { body: { agent_actions: {}, ...definition } });
  expect(changed.status).toBe(200);
  expectProblem(changed.body.problems, path, code);
  expect((await api.call('POST', `${draftPath}/publish`)).body).toMatchObject({ status: 422, code: 'definition.invalid' });
  expect((await api.call('GET', draftPath)).body).toMatchObject({ state: 'draft', version: null });
  expect(await storedCounts()).toEqual(counts);
});

test('agent_actions of a start are judged like a definition', async () => {
  for (const [name, , path, code] of BAD.slice(2, 4)) {
    const { agent_actions } = BAD.find(([known]) => known === name)![1];
    const reply = await api.call('POST', '/v1/sessions', { body: { coordination: 'Good', agent_actions } });
    expect(reply.body).toMatchObject({ status: 422, code: 'definition.invalid' });
    expectProblem(reply.body.errors, path, code);
  }
  expect(await storedCounts()).toEqual(counts);
});

test('a refusal after compiling leaves no plan behind: a taken name, a bad subtask, a start a year too late', async () => {
  const fresh = { agents: [{ agent_name: 'A', instructions: 'Never seen before.' }] };
  const refusals: Array<[Promise<Reply>, string]> = [
    [api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Good', ...fresh } }), 'resource.exists'],
    [api.call('POST', '/v1/sessions', { body: { definition: fresh, subtask_queries: [{ agent_name: 'Nobody', subtask_query: 'x' }] } }), 'definition.invalid'],
    [api.call('POST', '/v1/sessions', { body: { definition: fresh, start_at: '2999-01-01T00:00:00Z' } }), 'request.invalid'],
    [api.call('POST', '/v1/sessions', { body: { coordination: 'Good', agent_actions: { A: { predecessors: ['B'] } }, subtask_queries: [{ agent_name: 'Nobody', subtask_query: 'x' }] } }), 'definition.invalid'],
  ];
  for (const [refusal, code] of refusals) expect((await refusal).body.code).toBe(code);
  expect(await storedCounts()).toEqual(counts);
});

test('a JSON Schema that nothing could be checked against is refused where it comes in', async () => {
  const input_schema = { type: 'nonsense' };
  const asking = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Bad', agents: [{ agent_name: 'A' }], agent_actions: { A: { user_in_the_loop: { when: 'before', input_schema } } } } });
  expect(asking.body).toMatchObject({ status: 400, errors: [{ path: 'agent_actions.A.user_in_the_loop.input_schema', message: expect.stringContaining('JSON Schema') }] });
  const agent = await api.call('POST', '/v1/agents', { body: { agent_name: 'Bad', output_schema: { $ref: '#/$defs/none' } } });
  expect(agent.body).toMatchObject({ status: 400, errors: [{ path: 'output_schema' }] });
  expect(await storedCounts()).toEqual(counts);
});
