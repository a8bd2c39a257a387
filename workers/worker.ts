import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { disconnectRecords } from '../src/records/connect.ts';
import { startTelemetry } from '../src/telemetry/start-telemetry.ts';
import { addressesOf, askTemporal, joinRecords } from './addresses.ts';
import { installTemporalRuntime } from './install-temporal-runtime.ts';
import { runProcess, type ProcessLife } from './run-process.ts';
import { serveMetrics } from './serve-metrics.ts';
import { startWorker } from './start-worker.ts';
import { whichModel } from './which-model.ts';

/** `npm run worker`: a worker process of its own. Drains on SIGTERM. */
async function main({ first, up }: ProcessLife): Promise<void> {
  const config = readConfig();
  const { temporal_address, mongodb_uri } = addressesOf(config);
  const log = createLog(config, 'worker');
  await Promise.all([joinRecords(mongodb_uri), askTemporal(temporal_address)]);
  installTemporalRuntime(log);
  const defaultModel = await whichModel(config, (line) => log.info(line));
  const telemetry = await startTelemetry(config, 'ace-worker');
  const metrics = createMetrics({ log });
  const serving = config.metricsPort === undefined ? undefined : await serveMetrics(metrics, { host: config.host, port: config.metricsPort });
  const worker = await startWorker({ config: { ...config, defaultModel }, temporal_address, log, telemetry, metrics: metrics.activities });
  up();
  log.info({ temporal_address, task_queue: config.taskQueue, default_model: defaultModel, ...(serving === undefined ? {} : { metrics: `${serving.url}/metrics` }) }, 'the worker runs');
  // It ends by itself only by failing.
  const signal = await Promise.race([first, worker.ended.then(() => undefined)]);
  log.info({ signal }, 'the worker drains; a second signal ends it at once');
  await worker.stop();
  await serving?.close();
  await telemetry.stop();
  await disconnectRecords();
  log.info('the worker has drained');
}

runProcess(main);
