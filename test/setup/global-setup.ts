import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../src/engine/register-search-attributes.ts';
import { startEngine, type Engine } from '../../src/engine/start-engine.ts';
import { stopEngine } from '../../src/engine/stop-engine.ts';
import { workflowSource } from '../../workers/workflow-source.ts';
import { endLeftovers, TEST_DATA_PREFIX } from './end-leftovers.ts';

declare global {
  // The teardown runs in the same process, and Jest hands it nothing else.
  var stopTestEngine: (() => Promise<void>) | undefined;
}

const log = (line: string) => process.stderr.write(`${line}\n`);

async function registerOn(engine: Engine): Promise<void> {
  const connection = await Connection.connect({ address: engine.temporal_address });
  try {
    await registerSearchAttributes(connection, 'default');
  } finally {
    await connection.close();
  }
}

/** Building the bundle takes seconds; every test file that runs a worker takes this one. */
async function bundleWorkflows(folder: string): Promise<void> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ ...workflowSource(), logger: new DefaultLogger('WARN') });
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  process.env.ACE_WORKFLOW_BUNDLE = path;
}

/**
 * One Temporal server and one mongod for all test files, found or fetched as `npm start` does, on a folder that is
 * thrown away. The test files find them in `TEMPORAL_ADDRESS`, `MONGODB_URI` and `ACE_WORKFLOW_BUNDLE`.
 */
export default async function globalSetup(): Promise<void> {
  await endLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), TEST_DATA_PREFIX));
  const stop = async () => {
    await stopEngine(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  // Jest leaves without a teardown when it is interrupted.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  }
  globalThis.stopTestEngine = stop;
  try {
    const engine = await startEngine({ dataDir, log });
    await registerOn(engine);
    process.env.TEMPORAL_ADDRESS = engine.temporal_address;
    process.env.MONGODB_URI = engine.mongodb_uri;
    await bundleWorkflows(dataDir);
  } catch (error) {
    await stop();
    throw error;
  }
}
