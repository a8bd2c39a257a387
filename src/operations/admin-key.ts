import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { findApiKeyBySecret, insertApiKey, newKey } from '../records/api-key.ts';
import { isDuplicateKey } from '../records/is-duplicate-key.ts';
import { ensureDefaultProject } from '../records/project.ts';

export interface AdminKey {
  /** Where the key lies, mode 0600. */
  path: string;
  /** Whether it was made now. */
  created: boolean;
}

/**
 * Makes the default project and the administrator's key where they are missing. A key that lies in the folder is taken
 * into a new database; a revoked or unreadable one is replaced. The key itself is in the file only.
 */
export async function ensureAdminKey({ dataDir, endpointId }: Pick<Config, 'dataDir' | 'endpointId'>): Promise<AdminKey> {
  const project = await ensureDefaultProject(endpointId);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'admin.key');
  const lying = await readKey(path);
  const known = lying === undefined ? undefined : await findApiKeyBySecret(lying);
  if (known && known.revoked_at === null) {
    await chmod(path, 0o600);
    return { path, created: false };
  }
  const key = lying === undefined || known ? newKey() : lying;
  if (key !== lying) {
    // Renamed into place, so that no reader finds half a key.
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, `${key}\n`, { mode: 0o600 });
    await rename(draft, path);
  }
  await chmod(path, 0o600);
  try {
    await insertApiKey(project.partition_key, { project_uuid: project.project_uuid, name: 'administrator', permissions: ['admin', '*'], key });
  } catch (error) {
    // Another process that starts at the same moment stored this very key.
    if (!isDuplicateKey(error, 'key_hash')) throw error;
  }
  return { path, created: key !== lying };
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    return /^ace_[A-Za-z0-9_-]{43}$/.test(key) ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
