import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { Way } from './first-that-works.ts';

export interface Fetch {
  /** Continues "trying …" in the terminal. */
  name: string;
  /** Name that the file gets in the cache. */
  cacheName: string;
  executable: boolean;
  /** Rejects with the reason where the file is of no use. */
  check(path: string): Promise<void>;
  /** Brings the file into this empty folder and answers its path. */
  fetch(folder: string): Promise<string>;
}

/**
 * A slow way: the file appears under its name in the cache by one rename, after it was checked, so that what is in the
 * cache is always whole. Runs under the lock of its search, so the folder for the parts has one user.
 */
export function fetchIntoCache(fetch: Fetch, env: NodeJS.ProcessEnv): Way {
  return {
    name: fetch.name,
    async find() {
      const folder = join(cacheFolder(env), `${fetch.cacheName}.parts`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      try {
        const file = await fetch.fetch(folder);
        if (fetch.executable) chmodSync(file, 0o755);
        await fetch.check(file);
        const path = join(cacheFolder(env), fetch.cacheName);
        renameSync(file, path);
        return path;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}
