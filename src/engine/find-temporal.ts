import { firstThatWorks } from './first-that-works.ts';
import type { Log } from './log.ts';
import { cacheWay, pathWay, type Program } from './program-ways.ts';
import { runProgram } from './run-program.ts';

/** Release of the Temporal CLI that the settings were measured on (server 1.29.1, UI 2.42.1). */
export const TEMPORAL_VERSION = '1.5.1';

const TEMPORAL: Program = {
  name: 'temporal',
  cacheName: `temporal-${TEMPORAL_VERSION}`,
  async check(path) {
    const help = await runProgram(path, ['server', 'start-dev', '--help']);
    for (const flag of ['--sqlite-pragma', '--disable-config-file']) {
      if (!help.includes(flag)) throw new Error(`${path} is too old: its start-dev has no ${flag}`);
    }
  },
};

/** Answers the path of a Temporal CLI. Errors: rejects when none can be had, naming what to install. */
export async function findTemporal(log: Log, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await firstThatWorks({
    what: 'Temporal server',
    name: TEMPORAL.cacheName,
    quick: [pathWay(TEMPORAL, env), cacheWay(TEMPORAL, env)],
    slow: [],
  }, env, log);
  if (path !== null) return path;
  throw new Error('No Temporal server can be had here. Install the Temporal CLI (https://docs.temporal.io/cli), or Go or Python with pip, or set TEMPORAL_ADDRESS.');
}
