import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../src/records/connect.ts';
import { createMetrics } from '../src/metrics.ts';
import { startTelemetry } from '../src/telemetry/start-telemetry.ts';
import { addressesOf } from './addresses.ts';
import { serveMetrics } from './serve-metrics.ts';
import { startWorker } from './start-worker.ts';
import { untilSignalled } from './until-signalled.ts';

/** `npm run worker`: a worker process of its own. Drains on SIGTERM. */
async function main(): Promise<void> {
  const config = readConfig();
  const { temporal_address, mongodb_uri } = addressesOf(config);
  const log = createLog(config, 'worker');
  await connectRecords(mongodb_uri);
  await ensureIndexes();
  const telemetry = await startTelemetry(config, 'ace-worker');
  const metrics = createMetrics({ log });
  const serving = config.metricsPort === undefined ? undefined : await serveMetrics(metrics, { host: config.host, port: config.metricsPort });
  const worker = await startWorker({ config, temporal_address, log, telemetry, metrics: metrics.activities });
  log.info({ temporal_address, task_queue: config.taskQueue, ...(serving === undefined ? {} : { metrics: `${serving.url}/metrics` }) }, 'the worker runs');
  const signal = await Promise.race([untilSignalled(), worker.ended]);
  log.info({ signal }, 'the worker drains');
  await worker.stop();
  await serving?.close();
  await telemetry.stop();
  await disconnectRecords();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
