import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { withLock } from './lock.ts';
import type { Log } from './log.ts';

/** One way to get a program or a file. */
export interface Way {
  /** Continues "trying …": `the PATH`, `the cache folder /home/…`. */
  name: string;
  /** Answers the path of the file, whole and usable. Errors: rejects with the reason, in words for the terminal. */
  find(): Promise<string>;
}

/** Ways to get one thing: `quick` ones only look, `slow` ones fetch or build and leave the file in the cache. */
export interface Search {
  /** `Temporal server`; begins each line. */
  what: string;
  /** Name of the thing in the cache folder, where it is locked while it is fetched. */
  name: string;
  quick: Way[];
  slow: Way[];
}

/** One line for each failed way: what was tried, why it failed, what comes next. */
async function tryInOrder(what: string, ways: Way[], log: Log): Promise<string | null> {
  for (const [index, way] of ways.entries()) {
    try {
      const path = await way.find();
      log(`${what}: found by ${way.name}: ${path}`);
      return path;
    } catch (error) {
      const next = ways[index + 1];
      log(`${what}: tried ${way.name}: ${(error as Error).message}; ${next ? `next: ${next.name}` : 'nothing left to try'}`);
    }
  }
  return null;
}

/**
 * Answers the path that the first working way gives, or null when none works.
 * Two processes never fetch the same thing at once: the second waits and finds it in the cache.
 */
export async function firstThatWorks(search: Search, env: NodeJS.ProcessEnv, log: Log): Promise<string | null> {
  const reasons: string[] = [];
  for (const way of search.quick) {
    try {
      const path = await way.find();
      log(`${search.what}: found by ${way.name}: ${path}`);
      return path;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return withLock(join(cacheFolder(env), `${search.name}.lock`), log, () => tryInOrder(search.what, [...search.quick, ...search.slow], log));
}
