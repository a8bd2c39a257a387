import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { readConfig } from '../../src/config.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../../src/records/connect.ts';
import { createWorkers } from '../../workers/create-workers.ts';

export interface TestWorker {
  client: Client;
  task_queue: string;
  partition_key: string;
  /** Stops the worker and lets go of the servers. */
  stop(): Promise<void>;
}

/** A worker of this test file: its own task queue, database and project on the servers that all files share. */
export async function startTestWorker(): Promise<TestWorker> {
  quietTemporal();
  const id = uuidv7();
  const task_queue = `test-${id}`;
  const mongo = new URL(process.env.MONGODB_URI!);
  mongo.pathname = `/test_${id.replaceAll('-', '')}`;
  await connectRecords(mongo.href);
  await ensureIndexes();
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS! });
  const client = new Client({ connection });
  const workers = await createWorkers({
    services: { config: readConfig({}), log, metrics: { stepEnded() {}, sessionEnded() {}, modelCalled() {} } },
    temporal_address: process.env.TEMPORAL_ADDRESS!,
    namespace: 'default',
    task_queue,
    bundle_path: process.env.ACE_WORKFLOW_BUNDLE,
  });
  const running = workers.run();
  return {
    client,
    task_queue,
    partition_key: `local#${id}`,
    async stop() {
      workers.shutdown();
      await running;
      await connection.close();
      await disconnectRecords();
    },
  };
}

/** Failures that a test brings about on purpose are no news. */
function quietTemporal(): void {
  Runtime.install({ logger: new DefaultLogger((process.env.TEST_LOG_LEVEL?.toUpperCase() ?? 'ERROR') as LogLevel) });
}
