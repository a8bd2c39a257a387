import { DefaultLogger, Runtime } from '@temporalio/worker';
import { startApi, type RunningApi } from '../workers/start-api.ts';
import { startWorker } from '../workers/start-worker.ts';
import { untilSignalled } from '../workers/until-signalled.ts';
import { readConfig } from './config.ts';
import { startEngine } from './engine/start-engine.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from './records/connect.ts';
import { runSample } from './sample/run-sample.ts';
import { startTelemetry } from './telemetry/start-telemetry.ts';
import { USAGE, readArguments, type StartArguments } from './start/arguments.ts';
import { sayAddresses } from './start/say-addresses.ts';
import { say, style } from './start/terminal.ts';
import { aboutModel, whichModel } from './start/which-model.ts';

type Stop = () => Promise<void>;

/** `npm start`: the engine, the API and a worker in one process. */
async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    say(USAGE);
    return 0;
  }
  const signalled = untilSignalled();
  const stops: Stop[] = [];
  try {
    return await Promise.race([start(given, stops, signalled), signalled.then(() => 130)]);
  } finally {
    say();
    say('Stopping.');
    // In the order opposite to the start: nothing loses what it stands on.
    for (const stop of stops.reverse()) await stop();
    say('Stopped. The data stay; npm start goes on with them.');
  }
}

async function start(given: StartArguments, stops: Stop[], signalled: Promise<NodeJS.Signals>): Promise<number> {
  const config = readConfig();
  const log = createLog(config, 'engine', `${config.dataDir}/engine.log`);
  const tell = (line: string): void => say(style('dim', line));
  const engine = await startEngine({ dataDir: config.dataDir, log: tell });
  stops.push(() => engine.stop());
  const model = await whichModel(config, tell);
  const { temporal_address, mongodb_uri } = engine;
  await connectRecords(mongodb_uri);
  stops.push(disconnectRecords);
  await ensureIndexes();
  Runtime.install({ logger: new DefaultLogger('WARN', (entry) => log.warn({ temporal: entry.meta }, entry.message)) });
  const telemetry = await startTelemetry(config, 'ace');
  stops.push(() => telemetry.stop());
  const metrics = createMetrics({ log });
  const parts = { config: { ...config, defaultModel: model, temporalUiUrl: engine.temporal_ui_url ?? config.temporalUiUrl }, temporal_address, log, telemetry };
  const worker = await startWorker({ ...parts, metrics: metrics.activities });
  stops.push(() => worker.stop());
  const api = await startApi({ ...parts, routes: metrics.routes, on_request: metrics.request, on_stream: metrics.stream });
  stops.push(() => api.stop());
  sayAddresses(engine, api);
  for (const line of aboutModel(model)) say(line);
  say();

  let completed = true;
  if (given.sample ?? api.admin_key.created) completed = await sample(api);
  if (given.exit) return completed ? 0 : 1;
  say('Ctrl-C stops everything.');
  await Promise.race([signalled, worker.ended]);
  return 0;
}

async function sample(api: RunningApi): Promise<boolean> {
  try {
    return await runSample(api);
  } catch (error) {
    say(style('red', `The sample session could not be run: ${error instanceof Error ? error.message : String(error)}`));
    return false;
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${style('red', error instanceof Error ? error.message : String(error), process.stderr)}\n`);
    process.exit(1);
  },
);
