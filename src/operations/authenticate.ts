import { EngineError } from '../errors.ts';
import { findApiKeyBySecret } from '../records/api-key.ts';
import { findProject } from '../records/project.ts';
import type { Caller, CallerProject } from './context.ts';

export interface Identity {
  caller: Caller;
  project: CallerProject;
  permissions: readonly string[];
}

/** Who presents this key. Errors: `auth.missing`, `auth.invalid` (unknown, malformed and revoked keys look alike). */
export async function authenticate(key: string | undefined): Promise<Identity> {
  if (key === undefined || key === '') {
    throw new EngineError('auth.missing', 'Send the header Authorization: Bearer <key>; the first key lies in admin.key in the data folder.');
  }
  const found = /^ace_[A-Za-z0-9_-]{43}$/.test(key) ? await findApiKeyBySecret(key) : undefined;
  const project = found && found.revoked_at === null ? await findProject(found.project_uuid) : undefined;
  if (!found || !project) throw new EngineError('auth.invalid', 'No such API key, or it was revoked; check it or ask for a new one.');
  const { project_uuid, name, partition_key, is_default, default_model } = project;
  return {
    caller: { api_key_uuid: found.api_key_uuid, name: found.name },
    project: { project_uuid, name, partition_key, is_default, default_model },
    permissions: found.permissions,
  };
}
