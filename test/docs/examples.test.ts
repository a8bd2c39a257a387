import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { cacheFolder } from '../../src/engine/cache-folder.ts';
import { onPath } from '../../src/engine/on-path.ts';
import { TEMPORAL_VERSION } from '../../src/engine/temporal-version.ts';
import { createMetrics } from '../../src/metrics.ts';
import { readConfig } from '../../src/config.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../../src/records/connect.ts';
import { startApi, type RunningApi } from '../../workers/start-api.ts';
import { startWorker, type RunningWorker } from '../../workers/start-worker.ts';
import { databaseUri } from '../http/api-under-test.ts';
import { blocksOf, pages, readPage, type Block } from './pages.ts';

/** Between the outputs of blocks; nothing else prints it. */
const MARK = '--- end of a block ---';

let folder: string;
let api: RunningApi;
let worker: RunningWorker;
let variables: Record<string, string>;

beforeAll(async () => {
  // Examples of failures fail, which a worker would tell at length.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  folder = await mkdtemp(join(tmpdir(), 'ace-examples-'));
  const config = readConfig({
    PORT: '0', LOG_LEVEL: 'silent', ACE_DATA_DIR: join(folder, 'data'), ACE_TASK_QUEUE: `examples-${v7()}`, ACE_MODEL: 'scripted/default',
    TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!, MONGODB_URI: databaseUri(`examples_${process.pid}`),
  });
  const mongoose = await connectRecords(config.mongodbUri!);
  await mongoose.connection.dropDatabase();
  await ensureIndexes();
  const log = pino({ level: 'silent' });
  const metrics = createMetrics({ log });
  const parts = { config, temporal_address: config.temporalAddress!, log };
  worker = await startWorker({ ...parts, metrics: metrics.activities });
  api = await startApi({ ...parts, routes: metrics.routes });
  variables = {
    ACE: `${api.url}/v1`,
    AUTH: `Authorization: Bearer ${(await readFile(api.admin_key.path, 'utf8')).trim()}`,
    PATH: [await programs(), process.env.PATH].join(delimiter),
    TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!,
    HOME: folder,
  };
});
afterAll(async () => {
  await api.stop();
  await worker.stop();
  await disconnectRecords();
  await rm(folder, { recursive: true, force: true });
});

/** The `temporal` that the engine would use, and a curl for which an error status is a failure. */
async function programs(): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'curl'), `#!/bin/sh\nexec ${onPath('curl', process.env)} --fail-with-body "$@"\n`, { mode: 0o755 });
  const temporal = temporalProgram();
  if (temporal !== null) await symlink(temporal, join(bin, 'temporal'));
  return bin;
}

function temporalProgram(): string | null {
  const cached = join(cacheFolder(), `temporal-${TEMPORAL_VERSION}`);
  return onPath('temporal', process.env) ?? (existsSync(cached) ? cached : null);
}

/** Every `sh` block of a page in one shell, as a reader's terminal has them; stops at the first command that fails. */
function scriptOf(blocks: Block[]): string {
  // A page writes into /tmp for its reader; here every page has a folder of its own.
  return ['set -eu', ...blocks.map(({ text }) => `${text.replaceAll('/tmp/', `${folder}/`)}echo\necho '${MARK}'`)].join('\n');
}

const FILES = (await pages()).filter((file) => !file.startsWith('docs/reference/'));
const EXAMPLES = (await Promise.all(FILES.map(async (file) => ({ file, blocks: blocksOf(await readPage(file)) })))).filter(({ blocks }) => blocks.some(({ language }) => language === 'sh'));

test('there are examples in the README and in the guides', () => {
  expect(EXAMPLES.map(({ file }) => file)).toEqual(expect.arrayContaining(['README.md', 'docs/guides/write-a-coordination.md', 'docs/guides/answer-questions.md']));
});

test.each(EXAMPLES)('the commands of $file do what it says', async ({ blocks }) => {
  const runnable = blocks.filter(({ language, text }) => language === 'sh' && (temporalProgram() !== null || !/^temporal /m.test(text)));
  const { stdout } = await promisify(execFile)('sh', ['-c', scriptOf(runnable)], { env: variables, cwd: folder, timeout: 90_000, maxBuffer: 16 * 1024 * 1024 });
  const printed = stdout.split(`${MARK}\n`);
  for (const [index, block] of runnable.entries()) {
    const next = blocks[blocks.indexOf(block) + 1];
    if (next?.language === 'output') expect(`line ${next.line}: ${printed[index]!.trim()}`).toBe(`line ${next.line}: ${next.text.trim()}`);
  }
  expect(printed).toHaveLength(runnable.length + 1);
}, 120_000);
