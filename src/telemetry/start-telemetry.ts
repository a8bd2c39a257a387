import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config.ts';

/** What a process hands to its Temporal clients and workers, so that they carry traces on. Empty where telemetry is off. */
export interface Telemetry {
  enabled: boolean;
  clientInterceptors: WorkflowClientInterceptor[];
  activityInterceptors: NonNullable<NonNullable<WorkerOptions['interceptors']>['activity']>;
  sinks: NonNullable<WorkerOptions['sinks']>;
  /** Sends what is left and lets go. A collector that is away costs at most a few seconds. */
  stop(): Promise<void>;
}

export const NO_TELEMETRY: Telemetry = {
  enabled: false,
  clientInterceptors: [],
  activityInterceptors: [],
  // A header of a caller with telemetry reaches workers without; what they tell goes nowhere.
  sinks: { trace: { runEnded: { fn() {} } } },
  async stop() {},
};

/** Starts OpenTelemetry where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; else nothing of it is even loaded. */
export async function startTelemetry(config: Pick<Config, 'otlpEndpoint' | 'endpointId'>, service: string): Promise<Telemetry> {
  if (config.otlpEndpoint === undefined) return NO_TELEMETRY;
  const { exportTraces } = await import('./export-traces.ts');
  return exportTraces({ endpoint: config.otlpEndpoint, endpoint_id: config.endpointId, service });
}
