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

/** One line for each way: what was tried, and where it failed why, and what comes next. */
async function tryInOrder(what: string, ways: Way[], options: { after?: Way; log: Log }): Promise<string | null> {
  for (const [index, way] of ways.entries()) {
    try {
      const path = await way.find();
      options.log(`${what}: found by ${way.name}: ${path}`);
      return path;
    } catch (error) {
      const next = ways[index + 1] ?? options.after;
      options.log(`${what}: tried ${way.name}: ${(error as Error).message}; ${next ? `next: ${next.name}` : 'nothing left to try'}`);
    }
  }
  return null;
}

/**
 * Answers the path that the first working way gives, or null when none works.
 * Two processes never fetch the same thing at once: the second waits and finds it in the cache.
 */
export async function firstThatWorks({ what, name, quick, slow }: Search, env: NodeJS.ProcessEnv, log: Log): Promise<string | null> {
  const found = await tryInOrder(what, quick, { after: slow[0], log });
  if (found !== null) return found;
  return withLock(join(cacheFolder(env), `${name}.lock`), log, async () => {
    const meanwhile = await tryInOrder(what, quick, { log: () => undefined });
    return meanwhile ?? tryInOrder(what, slow, { log });
  });
}
