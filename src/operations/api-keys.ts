import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { findApiKey, insertApiKey, listApiKeys, newKey, revokeApiKey } from '../records/api-key.ts';
import type { ApiKey } from '../records/api-key.ts';
import { findProject, findProjectByName } from '../records/project.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { GRANTS } from './permission.ts';
import { LIST_FIELDS, pageRequest } from './schemas/list.ts';
import { Name, pageOf, PathUuid, Time, Uuid } from './schemas/scalars.ts';

const KEY_FIELDS = {
  api_key_uuid: Uuid,
  name: z.string(),
  project_uuid: Uuid,
  permissions: z.array(z.string()),
  key_prefix: z.string().describe('The first characters, by which a person recognises the key.'),
  created_at: Time,
  revoked_at: Time.nullable(),
};
const ApiKeyView = z.strictObject(KEY_FIELDS).meta({ id: 'ApiKey' });
const NewApiKeyView = z.strictObject({ ...KEY_FIELDS, key: z.string().describe('Shown here and never again.') }).meta({ id: 'NewApiKey' });

function view(row: ApiKey): z.input<typeof ApiKeyView> {
  const { api_key_uuid, name, project_uuid, permissions, key_prefix } = row;
  return {
    api_key_uuid, name, project_uuid, permissions, key_prefix,
    created_at: row.created_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}

const createApiKey = operation({
  name: 'api_keys.create',
  method: 'POST',
  path: '/api-keys',
  summary: 'Make an API key for a project; the key is shown once',
  permission: 'admin',
  input: z.strictObject({
    project: z.string().min(1).max(255).describe('Uuid or name of the project.'),
    name: Name.default('unnamed'),
    permissions: z.array(z.enum(GRANTS)).min(1).max(50).default(['*']).describe('`*` is everything within the project.'),
  }),
  output: NewApiKeyView,
  status: 201,
  idempotent: true,
  secret_output: true,
  async run(context, input) {
    const project = await findProject(input.project.toLowerCase()) ?? await findProjectByName(context.config.endpointId, input.project);
    if (!project) {
      throw new EngineError('resource.not_found', 'No such project; GET /v1/projects lists them.', { errors: [{ path: 'project', message: 'Names no project; give its uuid or its name.' }] });
    }
    // Under a claim that was taken up after a crash the uuid may be taken; its key was never shown, so a new one is made.
    const taken = await findApiKey(context.resource_uuid);
    const key = newKey();
    const row = await insertApiKey(project.partition_key, {
      ...(taken ? {} : { api_key_uuid: context.resource_uuid }),
      project_uuid: project.project_uuid,
      name: input.name,
      permissions: [...new Set(input.permissions)],
      key,
    });
    context.acted();
    if (taken) await revokeApiKey(taken.api_key_uuid);
    return { ...view(row), key };
  },
});

const listKeys = operation({
  name: 'api_keys.list',
  method: 'GET',
  path: '/api-keys',
  summary: 'List the API keys, of all projects or of one',
  permission: 'admin',
  input: z.strictObject({ ...LIST_FIELDS, project: z.string().min(1).max(255).optional() }),
  output: pageOf(ApiKeyView),
  async run(context, input) {
    const project = input.project === undefined
      ? undefined
      : await findProject(input.project.toLowerCase()) ?? await findProjectByName(context.config.endpointId, input.project);
    if (input.project !== undefined && !project) throw notFound('project', 'project', 'GET /v1/projects');
    const page = await listApiKeys(project?.partition_key, pageRequest(input));
    return { data: page.rows.map(view), next: page.next };
  },
});

const deleteApiKey = operation({
  name: 'api_keys.delete',
  method: 'DELETE',
  path: '/api-keys/:api_key_uuid',
  summary: 'Revoke an API key',
  permission: 'admin',
  input: z.strictObject({ api_key_uuid: PathUuid }),
  output: ApiKeyView,
  async run(context, { api_key_uuid }) {
    if (api_key_uuid === context.caller.api_key_uuid) {
      throw new EngineError('resource.conflict', 'A key cannot revoke itself; use another administrator\'s key.');
    }
    const row = await revokeApiKey(api_key_uuid);
    if (!row) throw notFound('API key', 'api_key_uuid', 'GET /v1/api-keys');
    return view(row);
  },
});

export const API_KEY_OPERATIONS = [createApiKey, listKeys, deleteApiKey];
