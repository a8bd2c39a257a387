import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest('http_messages');
  await api.call('POST', '/v1/agents', { body: { agent_name: 'A', model: 'scripted/x' } });
  await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'review', agents: [{ agent_name: 'A' }] } });
});
afterAll(() => api.close());

async function errorsOf(method: string, path: string, body?: unknown): Promise<string[]> {
  const reply = await api.call(method, path, { body });
  expect(reply.status).toBeGreaterThanOrEqual(400);
  return reply.body.errors.map((error: { path: string; message: string }) => `${error.path}: ${error.message}`);
}

const actions = (user_in_the_loop: unknown) => ({ coordination_name: 'x', agents: [{ agent_name: 'A' }], agent_actions: { A: { user_in_the_loop } } });

test.each<[string, string, unknown, string[]]>([
  ['a required field is missing', '/v1/agents', {}, ['agent_name: Required; give a text.']],
  ['a list is empty', '/v1/api-keys', { permissions: [] }, ['project: Required; give a text.', 'permissions: must not be empty']],
  ['JSON is given where a text is asked for', '/v1/sessions', { coordination: 'review', task_query: { a: 1 } }, ['task_query: must be a text; send JSON as text']],
  ['a field is misspelt', '/v1/sessions', { coordination: 'review', taskQuery: 'x', query: 'x', colour: 'red' }, [
    'taskQuery: Unknown field; did you mean task_query?', 'query: Unknown field; did you mean task_query?', 'colour: Unknown field; remove it or correct its name.',
  ]],
  ['no branch of a union fits', '/v1/agents', { agent_name: 'x', timeout: true }, ['timeout: must be a text or a number']],
  ['no branch of a larger union fits', '/v1/coordinations', actions(7), ['agent_actions.A.user_in_the_loop: must be true or false, or "before" or "after", or an object']],
  ['a choice of a union is misspelt', '/v1/coordinations', actions('befor'), ['agent_actions.A.user_in_the_loop: must be true or false, or "before" or "after", or an object; did you mean "before"?']],
  ['a choice is misspelt', '/v1/agents', { agent_name: 'x', role: 'wroker' }, ['role: must be "worker", "supervisor" or "reviewer"; did you mean "worker"?']],
  ['a number is out of bounds', '/v1/agents', { agent_name: 'x', max_retries: 500 }, ['max_retries: must be at most 100']],
  ['a wait is no duration', '/v1/sessions?wait=soon', { coordination: 'review' }, ['wait: must be a duration of at most 60s, such as 30s; ask again for longer, or listen to the stream']],
  ['a wait is too long', '/v1/sessions?wait=61s', { coordination: 'review' }, ['wait: must be a duration of at most 60s, such as 30s; ask again for longer, or listen to the stream']],
  ['a coordination is misspelt', '/v1/sessions', { coordination: 'reviwe' }, ['coordination: Names no coordination of this project. Did you mean "review"?']],
  ['a coordination with a version is misspelt', '/v1/sessions', { coordination: 'reviwe@1' }, ['coordination: Names no coordination of this project. Did you mean "review"?']],
  ['nothing is near', '/v1/sessions', { coordination: 'zzz' }, ['coordination: Names no coordination of this project.']],
])('where %s, the message says what to give', async (_case, path, body, expected) => {
  expect(await errorsOf('POST', path, body)).toEqual(expected);
});

const config = { script: [{ text: 'fine' }, { txt: 'Yes.', delay_ms: 'long' }] };

test('a script with an unknown key is refused where the agent is written, not when it runs', async () => {
  const unknown = 'config.script.1.txt: Unknown field; did you mean text?';
  const wrong = 'config.script.1.delay_ms: must be a number';
  const agent = { model: 'scripted/x', config };
  expect((await errorsOf('POST', '/v1/agents', { agent_name: 'Typo', ...agent })).sort()).toEqual([wrong, unknown]);
  expect((await errorsOf('PUT', '/v1/agents/by-name/Typo', agent)).sort()).toEqual([wrong, unknown]);
  expect((await api.call('GET', '/v1/agents/by-name/Typo')).status).toBe(404);
  const [a] = (await api.call('GET', '/v1/agents?agent_name=A')).body.data;
  expect((await errorsOf('PATCH', `/v1/agents/${a.agent_uuid}`, { config })).sort()).toEqual([wrong, unknown]);
  const inline = await errorsOf('POST', '/v1/sessions', { definition: { agents: [{ agent_name: 'inline', ...agent }] } });
  expect(inline.sort()).toEqual([`definition.agents.0.${wrong}`, `definition.agents.0.${unknown}`].map((error) => error.replace('definition.', '')));
  const overridden = await errorsOf('POST', '/v1/coordinations', { coordination_name: 'x', agents: [{ agent_name: 'A', config }] });
  expect(overridden.sort()).toEqual([`agents.0.${wrong}`, `agents.0.${unknown}`]);
});

test('a config that says nothing of a script is left to the vendor that reads it', async () => {
  expect((await api.call('POST', '/v1/agents', { body: { agent_name: 'Free', config: { anything: [1] } } })).status).toBe(201);
});
