import { hearSignals } from '../workers/hear-signals.ts';
import { installTemporalRuntime } from '../workers/install-temporal-runtime.ts';
import { startApi } from '../workers/start-api.ts';
import { startWorker } from '../workers/start-worker.ts';
import { whichModel } from '../workers/which-model.ts';
import { readConfig, type Config } from './config.ts';
import { showProgress } from './engine/show-progress.ts';
import { startEngine } from './engine/start-engine.ts';
import { stopEngine } from './engine/stop-engine.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from './records/connect.ts';
import { countOpen } from './records/count-open.ts';
import { runSample } from './sample/run-sample.ts';
import { startTelemetry } from './telemetry/start-telemetry.ts';
import { aboutModel } from './start/about-model.ts';
import { USAGE, readArguments, type StartArguments } from './start/arguments.ts';
import { sayAddresses, sayOpenSessions } from './start/say-addresses.ts';
import { createStops, type Stops } from './start/stops.ts';
import { outliveTerminal, say, style, tell } from './start/terminal.ts';
import { watchServers } from './start/watch-servers.ts';

/** Asked to stop before the thing that was asked for was done. */
const INTERRUPTED = 130;

/** `npm start`: the engine, the API and a worker in one process. Resolves to the exit code. */
async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    say(USAGE);
    return 0;
  }
  const config = readConfig();
  outliveTerminal();
  const signals = hearSignals();
  const stopping = new AbortController();
  // Until the engine is up, its file says what of it runs.
  const stops = createStops(() => stopEngine(config.dataDir));
  let up = false;
  const running = start(given, { config, stops, stopping: stopping.signal, onUp: () => (up = true) });
  const interrupted = signals.first.then(() => (up && !given.exit ? 0 : INTERRUPTED));
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    stopping.abort();
    await stops.stop(signals.second);
  }
}

interface Surroundings {
  config: Config;
  stops: Stops;
  /** Aborted when everything is about to stop. */
  stopping: AbortSignal;
  onUp(): void;
}

async function start(given: StartArguments, { config, stops, stopping, onUp }: Surroundings): Promise<number> {
  const engine = await startEngine({ dataDir: config.dataDir, log: tell, exclusive: true }).catch((error: unknown) => {
    stops.servers(null);
    throw error;
  });
  const unwatch = watchServers(engine);
  stops.servers(() => {
    unwatch();
    return engine.stop();
  });
  const log = createLog(config, 'engine', `${config.dataDir}/engine.log`);
  const model = await whichModel(config, tell);
  const { temporal_address, mongodb_uri } = engine;
  await connectRecords(mongodb_uri);
  stops.add('the records', disconnectRecords);
  await ensureIndexes();
  const { sessions: open } = await countOpen();
  installTemporalRuntime(log);
  const telemetry = await startTelemetry(config, 'ace');
  stops.add('telemetry', () => telemetry.stop());
  const metrics = createMetrics({ log });
  const parts = { config: { ...config, defaultModel: model, temporalUiUrl: engine.temporal_ui_url ?? config.temporalUiUrl }, temporal_address, log, telemetry };
  const shown = showProgress(tell, 'Worker', () => ({ text: 'starting' }));
  const worker = await startWorker({ ...parts, metrics: metrics.activities }).finally(shown);
  stops.add('the worker (model calls in flight may end, for a minute at most)', () => worker.stop());
  // Only its failure says something: it drains when everything stops.
  const failed = worker.ended.then(() => new Promise<never>(() => undefined));
  const api = await startApi({ ...parts, routes: metrics.routes, on_request: metrics.request, on_stream: metrics.stream });
  stops.add('the API', () => api.stop());
  onUp();
  sayAddresses(engine, { api, config });
  sayOpenSessions(open.reduce((sum, { count }) => sum + count, 0), api);
  for (const line of aboutModel(model, config)) say(line);

  let completed = true;
  if (given.sample ?? api.admin_key.created) completed = await Promise.race([sample(api, stopping), failed]);
  // It was asked to stop, and does.
  if (stopping.aborted) return INTERRUPTED;
  if (given.exit) return completed ? 0 : 1;
  say();
  say('Ctrl-C stops everything.');
  return failed;
}

async function sample(api: Parameters<typeof runSample>[0], stopping: AbortSignal): Promise<boolean> {
  try {
    return await runSample(api, stopping);
  } catch (error) {
    if (!stopping.aborted) say(style('red', `The sample session could not be run: ${error instanceof Error ? error.message : String(error)}`));
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
