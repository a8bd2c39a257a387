import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../src/config.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../src/records/connect.ts';
import { createWorkers } from '../workers/create-workers.ts';

/** The engine's own worker in a process of its own; says `ready` to its parent and drains on SIGTERM. */
Runtime.install({ logger: new DefaultLogger('WARN') });
const config = readConfig();
await connectRecords(config.mongodbUri!);
await ensureIndexes();
const workers = await createWorkers({
  services: { config, log: pino({ level: config.logLevel }), metrics: { stepEnded() {}, sessionEnded() {}, modelCalled() {} } },
  temporal_address: config.temporalAddress!,
  namespace: config.temporalNamespace,
  task_queue: config.taskQueue,
});
process.once('SIGTERM', () => workers.shutdown());
process.send?.('ready');
await workers.run();
await disconnectRecords();
process.disconnect?.();
