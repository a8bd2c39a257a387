import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { eventually } from '../session/eventually.ts';
import type { Reply } from './api-under-test.ts';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;
beforeAll(async () => {
  api = await apiWithWorker('http_deleting');
  // A call that is tried again leaves a record of its own too.
  const busy = { times: 1, error: { code: 'provider.overloaded', message: 'busy', retry_after_ms: 1_000 } };
  for (const agent_name of ['A', 'B']) await api.call('POST', '/v1/agents', { body: { agent_name, model: 'scripted/x', config: { script: [...(agent_name === 'A' ? [busy] : []), { output_bytes: 70_000 }] } } });
});
afterAll(() => api.close());

const coordination = async (coordination_name: string, agent_actions: unknown = {}) => (await api.call('POST', '/v1/coordinations', { body: { coordination_name, agents: [{ agent_name: 'A' }, { agent_name: 'B' }], agent_actions } })).body;
const pathOf = (session: Reply) => `/v1/sessions/${session.body.session_uuid}`;

/** Collections that hold anything of a session. */
async function holding(session_uuid: string): Promise<string[]> {
  const collections = await mongoose.connection.db!.listCollections({}, { nameOnly: true }).toArray();
  const held = await Promise.all(collections.map(async ({ name }) => ((await mongoose.connection.collection(name).countDocuments({ session_uuid })) > 0 ? [name] : [])));
  return held.flat().sort();
}

test('a session is deleted with all that it holds, and only once it has ended', async () => {
  const { coordination_uuid } = await coordination('Whole', { B: { predecessors: ['A'], user_in_the_loop: 'before' } });
  const session = await api.call('POST', `/v1/coordinations/${coordination_uuid}/sessions?wait=30s`, { body: {} });
  const path = pathOf(session);
  const refused = await api.call('DELETE', path);
  expect(refused.body).toMatchObject({ status: 409, code: 'resource.referenced', referenced_by: [{ collection: 'session_agents', count: 2 }, { collection: 'session_runs', count: 1 }] });
  expect((await api.call('DELETE', `${path}?cascade=true`)).body).toMatchObject({ status: 409, code: 'session.not_ended' });
  await api.call('POST', `/v1/decisions/${session.body.pending_decisions[0].decision_uuid}/answer`, { body: { action: 'approve' } });
  await eventually(() => api.call('GET', path), (reply) => reply.body.ended_at !== null);
  expect((await api.call('DELETE', `${path}?cascade=false`)).body.code).toBe('resource.referenced');

  expect(await holding(session.body.session_uuid)).toEqual(expect.arrayContaining(['calls', 'decisions', 'events', 'outputs', 'session_agents', 'session_runs', 'sessions', 'threads']));
  const [agent] = (await api.call('GET', `${path}/session-agents`)).body.data;
  expect((await api.call('DELETE', `${path}?cascade=true`)).status).toBe(204);
  expect(await holding(session.body.session_uuid)).toEqual([]);
  for (const gone of [path, `${path}/events`, `/v1/outputs/${agent.agent_output_ref}`, `/v1/threads/${agent.thread_uuid}`, `/v1/decisions/${session.body.pending_decisions[0].decision_uuid}`]) {
    expect([gone, (await api.call('GET', gone)).status]).toEqual([gone, 404]);
  }
  expect((await api.call('DELETE', `${path}?cascade=true`)).status).toBe(404);
});

test('a coordination with sessions stays and names them, and goes when they are gone', async () => {
  const { coordination_uuid } = await coordination('Used');
  const path = `/v1/coordinations/${coordination_uuid}`;
  const sessions = await Promise.all([1, 2].map(() => api.call('POST', `${path}/sessions?wait=30s`, { body: {} })));
  const refused = await api.call('DELETE', path);
  expect(refused.body).toMatchObject({ status: 409, code: 'resource.referenced' });
  expect(refused.body.referenced_by.map((row: { session_uuid: string }) => row.session_uuid).sort()).toEqual(sessions.map((session) => session.body.session_uuid).sort());
  // A refusal leaves it as it was.
  expect((await api.call('POST', `${path}/sessions?wait=30s`, { body: {} })).body.status).toBe('completed');
  for (const { session_uuid } of (await api.call('GET', `${path}/sessions`)).body.data) await api.call('DELETE', `/v1/sessions/${session_uuid}?cascade=true`);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.call('GET', path)).status).toBe(404);
  expect(await mongoose.connection.collection('coordination_versions').countDocuments({ coordination_uuid })).toBe(0);
});

test('an agent that published coordinations name stays and tells which, whatever name or draft it has', async () => {
  const agent = (await api.call('POST', '/v1/agents', { body: { agent_name: 'Named' } })).body;
  const draft = (await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Only a draft', draft: true, agents: [{ agent_name: 'Named' }] } })).body;
  const published = (await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Published', agents: [{ agent_name: 'Named' }] } })).body;
  const path = `/v1/agents/${agent.agent_uuid}`;
  await api.call('PATCH', path, { body: { agent_name: 'Renamed' } });
  expect((await api.call('DELETE', path)).body).toMatchObject({ status: 409, code: 'resource.referenced', referenced_by: [{ coordination_uuid: published.coordination_uuid, coordination_name: 'Published' }] });
  expect((await api.call('DELETE', `/v1/coordinations/${published.coordination_uuid}`)).status).toBe(204);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.call('GET', `/v1/coordinations/${draft.coordination_uuid}`)).body.problems).toMatchObject([{ code: 'plan.unknown_agent' }]);
});

test('a coordination is either deleted or started, never both', async () => {
  const outcomes: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    const { coordination_uuid } = await coordination(`Contested ${round}`);
    const path = `/v1/coordinations/${coordination_uuid}`;
    const [started, deleted] = await Promise.all([api.call('POST', `${path}/sessions`, { body: {} }), api.call('DELETE', path)]);
    outcomes.push(`${started.status} ${deleted.status}`);
    const sessions = await mongoose.connection.collection('sessions').countDocuments({ coordination_uuid });
    expect(sessions).toBe(started.status === 202 ? 1 : 0);
  }
  for (const outcome of outcomes) expect(['202 409', '404 204', '404 409']).toContain(outcome);
});

test('a project that was used can be deleted once it is emptied', async () => {
  const { project, key } = await api.newProject('used');
  const call = (method: string, path: string, body?: unknown) => api.call(method, path, { key, body });
  const agent = (await call('POST', '/v1/agents', { agent_name: 'A', model: 'scripted/x' })).body;
  const { coordination_uuid } = (await call('POST', '/v1/coordinations', { coordination_name: 'C', agents: [{ agent_name: 'A' }] })).body;
  const session = await call('POST', `/v1/coordinations/${coordination_uuid}/sessions?wait=30s`, {});
  await call('POST', '/v1/stream-tokens');
  const path = `/v1/projects/${project.project_uuid}`;
  const refused = await api.call('DELETE', path);
  expect(refused.body).toMatchObject({ status: 409, code: 'resource.referenced' });
  expect(refused.body.referenced_by).toEqual([{ collection: 'sessions' }, { collection: 'coordinations' }, { collection: 'agents' }]);
  expect(refused.body.detail).toBe('The project holds sessions, coordinations, agents; delete these first, in this order, then the project.');
  await call('DELETE', `${pathOf(session)}?cascade=true`);
  await call('DELETE', `/v1/coordinations/${coordination_uuid}`);
  await call('DELETE', `/v1/agents/${agent.agent_uuid}`);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await call('GET', '/v1/whoami')).status).toBe(401);
  const collections = await mongoose.connection.db!.listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of collections) expect([name, await mongoose.connection.collection(name).countDocuments({ partition_key: project.partition_key })]).toEqual([name, 0]);
});
