import { EngineError } from '../errors.ts';
import { findApiKey, findApiKeyBySecret } from '../records/api-key.ts';
import type { ApiKey } from '../records/api-key.ts';
import { findProject } from '../records/project.ts';
import { STREAM_TOKEN_PATTERN, findStreamToken } from '../records/stream-token.ts';
import type { Caller, CallerProject } from './context.ts';
import { isAllowed } from './permission.ts';

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
  const identity = await identityOf(found);
  if (identity === undefined) throw new EngineError('auth.invalid', 'No such API key, or it was revoked; check it or ask for a new one.');
  return identity;
}

/** Who opens a stream with a token in its address. Errors: `auth.invalid`, also for an API key in its place. */
export async function authenticateStream(token: string): Promise<Identity> {
  const held = STREAM_TOKEN_PATTERN.test(token) ? await findStreamToken(token) : null;
  const identity = held === null ? undefined : await identityOf(await findApiKey(held.api_key_uuid));
  if (identity === undefined) {
    throw new EngineError('auth.invalid', 'No such access_token, or its minute is over. POST /v1/stream-tokens gives one; an API key belongs in the header Authorization and never in an address.');
  }
  return { ...identity, permissions: isAllowed(identity.permissions, 'sessions:read') ? ['sessions:read'] : [] };
}

async function identityOf(found: ApiKey | undefined): Promise<Identity | undefined> {
  const project = found && found.revoked_at === null ? await findProject(found.project_uuid) : undefined;
  if (!found || !project) return undefined;
  const { project_uuid, name, partition_key, is_default, default_model } = project;
  return {
    caller: { api_key_uuid: found.api_key_uuid, name: found.name },
    project: { project_uuid, name, partition_key, is_default, default_model },
    permissions: found.permissions,
  };
}
