import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ActivityMetrics } from '../activities/services.ts';
import type { Config } from '../src/config.ts';
import { registerSearchAttributes } from '../src/engine/register-search-attributes.ts';
import { closeProviders } from '../src/providers/registry.ts';
import { NO_TELEMETRY, type Telemetry } from '../src/telemetry/start-telemetry.ts';
import { createWorkers } from './create-workers.ts';
import { runReconciler } from './reconciler.ts';

export interface WorkerParts {
  config: Config;
  temporal_address: string;
  log: Logger;
  metrics: ActivityMetrics;
  telemetry?: Telemetry;
}

export interface RunningWorker {
  /** Rejects when the worker fails; resolves when it has drained. */
  ended: Promise<void>;
  /** Drains: running calls may finish for a minute, nothing new starts. */
  stop(): Promise<void>;
}

/**
 * Hosts workflows and activities, and reconciles. The records must be connected.
 * Errors: rejects where Temporal is away, or knows a search attribute of ours under another type.
 */
export async function startWorker({ config, temporal_address, log, metrics, telemetry = NO_TELEMETRY }: WorkerParts): Promise<RunningWorker> {
  const connection = await Connection.connect({ address: temporal_address });
  await registerSearchAttributes(connection, config.temporalNamespace);
  const temporal = new Client({ connection, namespace: config.temporalNamespace, interceptors: { workflow: telemetry.clientInterceptors } });
  const workers = await createWorkers({
    services: { config, log, metrics },
    telemetry,
    temporal_address,
    namespace: config.temporalNamespace,
    task_queue: config.taskQueue,
    bundle_path: process.env.ACE_WORKFLOW_BUNDLE,
  });
  const stopping = new AbortController();
  const reconciling = runReconciler({ temporal, task_queue: config.taskQueue, log }, stopping.signal);
  const ended = workers.run().finally(async () => {
    stopping.abort();
    await reconciling;
    await closeProviders();
    await connection.close();
  });
  return {
    ended,
    async stop() {
      workers.shutdown();
      await ended;
    },
  };
}
