import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { startTelemetry } from '../src/telemetry/start-telemetry.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../src/records/connect.ts';
import { addressesOf } from './addresses.ts';
import { startApi } from './start-api.ts';
import { untilSignalled } from './until-signalled.ts';

/** `npm run api`: an API process of its own. */
async function main(): Promise<void> {
  const config = readConfig();
  const { temporal_address, mongodb_uri } = addressesOf(config);
  const log = createLog(config, 'api');
  await connectRecords(mongodb_uri);
  await ensureIndexes();
  const telemetry = await startTelemetry(config, 'ace-api');
  const metrics = createMetrics({ log });
  const api = await startApi({ config, temporal_address, log, telemetry, routes: metrics.routes, on_request: metrics.request, on_stream: metrics.stream });
  log.info({ url: api.url, admin_key: api.admin_key.path }, 'the API listens');
  const signal = await untilSignalled();
  log.info({ signal }, 'the API stops');
  await api.stop();
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
