import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { Way } from './first-that-works.ts';
import { onPath } from './on-path.ts';

/** A program: its names, and a check that runs it. The check rejects with the reason where it is of no use. */
export interface Program {
  name: string;
  /** File name in the cache folder; holds the version where that is pinned. */
  cacheName: string;
  check(path: string): Promise<void>;
}

/** A program that the person has installed. */
export function pathWay(program: Program, env: NodeJS.ProcessEnv): Way {
  return {
    name: 'the PATH',
    async find() {
      const path = onPath(program.name, env);
      if (path === null) throw new Error(`no program named ${program.name}`);
      await program.check(path);
      return path;
    },
  };
}

/** A program that an earlier start has fetched. One that does not run is removed: only a torn copy can be the reason. */
export function cacheWay(program: Program, env: NodeJS.ProcessEnv): Way {
  const path = join(cacheFolder(env), program.cacheName);
  return {
    name: `the cache folder ${cacheFolder(env)}`,
    async find() {
      if (!existsSync(path)) throw new Error(`no ${program.cacheName} in it`);
      try {
        await program.check(path);
      } catch (error) {
        await rm(path, { force: true });
        throw new Error(`its ${program.cacheName} does not run and was removed: ${(error as Error).message}`, { cause: error });
      }
      return path;
    },
  };
}
