import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { disconnectRecords } from '../src/records/connect.ts';
import { startTelemetry } from '../src/telemetry/start-telemetry.ts';
import { addressesOf, askTemporal, joinRecords } from './addresses.ts';
import { runProcess, type ProcessLife } from './run-process.ts';
import { startApi } from './start-api.ts';

/** `npm run api`: an API process of its own. */
async function main({ first, up }: ProcessLife): Promise<void> {
  const config = readConfig();
  const { temporal_address, mongodb_uri } = addressesOf(config);
  const log = createLog(config, 'api');
  await joinRecords(mongodb_uri);
  const telemetry = await startTelemetry(config, 'ace-api');
  const metrics = createMetrics({ log });
  const api = await startApi({ config, temporal_address, log, telemetry, routes: metrics.routes, on_request: metrics.request, on_stream: metrics.stream });
  up();
  log.info({ url: api.url, admin_key: api.admin_key.path }, 'the API listens');
  // It can do much without Temporal, and goes on when Temporal comes; but a wrong address should not show late.
  askTemporal(temporal_address).catch((error: Error) => log.warn(error.message));
  const signal = await first;
  log.info({ signal }, 'the API stops');
  await api.stop();
  await telemetry.stop();
  await disconnectRecords();
  log.info('the API has stopped');
}

runProcess(main);
