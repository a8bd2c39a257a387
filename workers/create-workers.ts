import { DefaultLogger, NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { Services } from '../activities/services.ts';
import { local } from '../src/providers/local.ts';
import { tellLocalModelServed } from '../src/records/local-model-served.ts';
import { NO_TELEMETRY, type Telemetry } from '../src/telemetry/start-telemetry.ts';
import { workflowSource } from './workflow-source.ts';

/** Model calls wait, they do not compute: far more of them than cores may be in flight. */
const ACTIVITY_SLOTS = 1_000;
/** A cached session costs about 0.46 MB. */
const CACHED_WORKFLOWS = 100;
/** A drain lets running calls finish; longer ones are tried again by another worker. */
const GRACE = '60s';
const FORCE = '70s';
const CHECK_MS = 5_000;
const TELL_MS = 30_000;

export interface WorkersOptions {
  services: Services;
  temporal_address: string;
  namespace: string;
  task_queue: string;
  /** Path of a workflow bundle made before; without it the bundle is made now. */
  bundle_path?: string | undefined;
  telemetry?: Telemetry;
}

export interface Workers {
  /** Resolves when its workers have drained. */
  run(): Promise<void>;
  /** Starts to drain; `run` resolves when it is done. */
  shutdown(): void;
}

/**
 * The worker of the task queue and, where this process has the local model, one of a single slot beside it. A process
 * without the model takes no work for it: another may have it, and this one could only fail the work for good.
 */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const connection = await NativeConnection.connect({ address: options.temporal_address });
  const activities = createActivities(options.services);
  const telemetry = options.telemetry ?? NO_TELEMETRY;
  const shared = {
    connection,
    namespace: options.namespace,
    activities,
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
    // A cancel reaches an activity in the answer to a heartbeat, and by default heartbeats are held back for 30 s.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    sinks: telemetry.sinks,
  } as const;
  const main = await Worker.create({
    ...shared,
    taskQueue: options.task_queue,
    workflowBundle:
      options.bundle_path === undefined
        ? await bundleWorkflowCode({ ...workflowSource(), logger: new DefaultLogger('WARN') })
        : { codePath: options.bundle_path },
    interceptors: { activity: telemetry.activityInterceptors },
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    // By default the first task of a session whose worker was killed waits for 10 s.
    stickyQueueScheduleToStartTimeout: '2s',
  });
  const { log } = options.services;
  const { available, reason } = await local.check({}, AbortSignal.timeout(CHECK_MS));
  const workers = [main];
  if (available) {
    await tellLocalModelServed(options.task_queue);
    workers.push(await Worker.create({
      ...shared,
      taskQueue: `${options.task_queue}-local`,
      interceptors: { activity: telemetry.activityInterceptors },
      maxConcurrentActivityTaskExecutions: 1,
    }));
  } else {
    log.debug({ reason }, 'this worker takes no work for the local model');
  }
  return {
    async run() {
      const tell = (): void => void tellLocalModelServed(options.task_queue).catch((error: unknown) => log.warn({ err: error }, 'the word that the local model is here was not written; it is tried again'));
      const telling = available ? setInterval(tell, TELL_MS) : undefined;
      try {
        await Promise.all(workers.map((worker) => worker.run()));
      } finally {
        clearInterval(telling);
        await connection.close();
      }
    },
    shutdown() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
