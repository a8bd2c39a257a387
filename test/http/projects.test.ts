import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => { api = await apiUnderTest('http_projects'); });
afterAll(() => api.close());

test('a project and a key for it are made, used and taken back', async () => {
  const project = await api.call('POST', '/v1/projects', { body: { name: 'blue', description: 'Blue team', default_model: 'scripted/x' } });
  expect(project.status).toBe(201);
  expect(project.body).toMatchObject({ name: 'blue', partition_key: 'local#blue', default_model: 'scripted/x' });
  const key = await api.call('POST', '/v1/api-keys', { body: { project: 'blue', name: 'ci', permissions: ['agents:*'] } });
  expect(key.status).toBe(201);
  expect(key.body).toMatchObject({ project_uuid: project.body.project_uuid, permissions: ['agents:*'], revoked_at: null });

  const who = await api.call('GET', '/v1/whoami', { key: key.body.key });
  expect(who.body).toEqual({ api_key_uuid: key.body.api_key_uuid, name: 'ci', project: { project_uuid: project.body.project_uuid, name: 'blue' }, permissions: ['agents:*'] });

  const { key: secret, ...shown } = key.body;
  expect((await api.call('GET', '/v1/api-keys?project=blue')).body).toEqual({ data: [shown], next: null });
  expect((await api.call('DELETE', `/v1/api-keys/${key.body.api_key_uuid}`)).body.revoked_at).not.toBeNull();
  expect((await api.call('GET', '/v1/whoami', { key: secret })).body.code).toBe('auth.invalid');
});

test('a project goes only when it is empty, and its keys with it', async () => {
  const { project, key } = await api.newProject('full');
  const agent = await api.call('POST', '/v1/agents', { key, body: { agent_name: 'A' } });
  const refused = await api.call('DELETE', `/v1/projects/${project.project_uuid}`);
  expect(refused.body).toMatchObject({ status: 409, code: 'resource.referenced', referenced_by: [{ collection: 'agents' }] });
  await api.call('DELETE', `/v1/agents/${agent.body.agent_uuid}`, { key });
  expect((await api.call('DELETE', `/v1/projects/${project.project_uuid}`)).status).toBe(204);
  expect((await api.call('GET', '/v1/whoami', { key })).status).toBe(401);
  expect((await api.call('GET', `/v1/projects/${project.project_uuid}`)).status).toBe(404);
  expect((await api.call('DELETE', `/v1/projects/${api.project.project_uuid}`)).status).toBe(409);
});

test('the default project can be given a default model, and loses it by null', async () => {
  const path = `/v1/projects/${api.project.project_uuid}`;
  const before = (await api.call('GET', path)).body;
  expect(before).toMatchObject({ name: 'default', default_model: null, metadata: {} });
  const changed = await api.call('PATCH', path, { body: { default_model: 'scripted/demo', metadata: { team: 'blue' } } });
  expect(changed.body).toEqual({ ...before, default_model: 'scripted/demo', metadata: { team: 'blue' }, updated_at: expect.any(String) });
  expect((await api.call('PATCH', path, { body: { description: 'First' } })).body).toMatchObject({ default_model: 'scripted/demo', metadata: { team: 'blue' }, description: 'First' });
  expect((await api.call('PATCH', path, { body: { default_model: 'nobody/x' } })).body).toMatchObject({ status: 422, code: 'agent.unknown_model', errors: [{ path: 'default_model' }] });
  expect((await api.call('PATCH', path, { body: { name: 'other' } })).body).toMatchObject({ status: 400, errors: [{ path: 'name' }] });
  expect((await api.call('PATCH', path, { body: { default_model: null } })).body.default_model).toBeNull();
  const notAdmin = await api.newKeyFor(api.project, ['*']);
  expect((await api.call('PATCH', path, { key: notAdmin, body: { default_model: 'scripted/x' } })).status).toBe(403);
});

test('names of projects are unique and hold no separator', async () => {
  await api.call('POST', '/v1/projects', { body: { name: 'twice' } });
  expect((await api.call('POST', '/v1/projects', { body: { name: 'twice' } })).body.code).toBe('resource.exists');
  for (const name of ['a#b', 'a/b', '', 'ä', '.hidden', 'x'.repeat(256)]) {
    expect((await api.call('POST', '/v1/projects', { body: { name } })).body).toMatchObject({ status: 400, errors: [{ path: 'name' }] });
  }
});

test('a key cannot be made for an unknown project or with an unknown permission, nor revoke itself', async () => {
  expect((await api.call('POST', '/v1/api-keys', { body: { project: 'nowhere' } })).body).toMatchObject({ status: 404, errors: [{ path: 'project' }] });
  expect((await api.call('POST', '/v1/api-keys', { body: { project: 'default', permissions: ['root'] } })).body).toMatchObject({ status: 400, errors: [{ path: 'permissions.0' }] });
  const me = await api.call('GET', '/v1/whoami');
  expect((await api.call('DELETE', `/v1/api-keys/${me.body.api_key_uuid}`)).status).toBe(409);
});
