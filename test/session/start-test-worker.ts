import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { NO_TELEMETRY, type Telemetry } from '../../src/telemetry/start-telemetry.ts';
import { createWorkers } from '../../workers/create-workers.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';

/** A place with a worker in it. */
export type TestWorker = TestPlace;

export interface TestWorkerOptions {
  /** Where it works; by default at a place of its own. */
  place?: TestPlace;
  /** Around each activity: where a test has to meet one at a certain moment. */
  activityInterceptors?: Telemetry['activityInterceptors'];
  /** Another bundle of the workflows than the one of all files. */
  bundle_path?: string;
}

/** A worker of this test file. Its `stop` also lets go of the place, if it made that. */
export async function startTestWorker(options: TestWorkerOptions = {}): Promise<TestWorker> {
  quietTemporal();
  const place = options.place ?? (await startTestPlace());
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const workers = await createWorkers({
    services: { config: readConfig({}), log, metrics: { stepEnded() {}, sessionEnded() {}, modelCalled() {} } },
    temporal_address: process.env.TEMPORAL_ADDRESS!,
    namespace: 'default',
    task_queue: place.task_queue,
    bundle_path: options.bundle_path ?? process.env.ACE_WORKFLOW_BUNDLE,
    telemetry: { ...NO_TELEMETRY, activityInterceptors: options.activityInterceptors ?? [] },
  });
  const running = workers.run();
  const stop = async (): Promise<void> => {
    workers.shutdown();
    await running;
    if (options.place === undefined) await place.stop();
  };
  let stopped: Promise<void> | undefined;
  return {
    ...place,
    stop: () => (stopped ??= stop()),
  };
}

let quiet = false;

/** Failures that a test brings about on purpose are no news. */
export function quietTemporal(): void {
  if (quiet) return;
  quiet = true;
  const level = process.env.TEST_LOG_LEVEL?.toUpperCase() as LogLevel | undefined;
  Runtime.install({ logger: new DefaultLogger(level ?? 'ERROR'), ...(level === undefined ? { telemetryOptions: { logging: { filter: 'off' } } } : {}) });
}
