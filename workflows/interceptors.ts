import { ContinueAsNew, TemporalFailure, isCancellation, proxySinks, workflowInfo, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { readTraceHeader, withTraceHeader, type TraceCarrier } from './trace-header.ts';

/** A run of a workflow that ended, as a span. Times in milliseconds since the epoch. */
export interface EndedRun {
  /** Its own place in the trace, and its caller's. */
  carrier: TraceCarrier;
  parent: TraceCarrier;
  workflow_type: string;
  started_at: number;
  ended_at: number;
  outcome: 'completed' | 'continued' | 'cancelled' | 'failed';
  /** The failure's type. */
  error?: string;
}

export interface TraceSinks extends Sinks {
  trace: { runEnded(run: EndedRun): void };
}

const { trace } = proxySinks<TraceSinks>();

/**
 * Carries a trace through a workflow. Nothing here waits or makes a command, so a workflow with a trace and one without
 * do the same; without a trace header it does nothing at all. (The SDK's own OpenTelemetry interceptors put microtasks
 * between a result and its workflow, and double the bundle.)
 */
export function interceptors(): WorkflowInterceptors {
  let parent: TraceCarrier | undefined;
  let own: TraceCarrier | undefined;
  const carrying = <Input extends { headers: Parameters<typeof withTraceHeader>[0] }>(input: Input, carrier = own): Input =>
    carrier === undefined ? input : { ...input, headers: withTraceHeader(input.headers, carrier) };
  return {
    inbound: [
      {
        execute(input, next) {
          parent = readTraceHeader(input.headers);
          own = parent === undefined ? undefined : spanOfRun(parent, workflowInfo().runId);
          const result = next(input);
          if (parent !== undefined) tellEnd(result, { carrier: own!, parent });
          return result;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(carrying(input)),
        startChildWorkflowExecution: (input, next) => next(carrying(input)),
        // Each run hangs on the request that started the first, not on a run that may never come to tell of its end.
        continueAsNew: (input, next) => next(carrying(input, parent)),
      },
    ],
  };
}

/** The run's own span. Its id comes from the run's: chance would change what the workflow itself draws. */
function spanOfRun({ traceparent, tracestate }: TraceCarrier, runId: string): TraceCarrier {
  const [version, traceId, , flags] = traceparent.split('-');
  const spanId = runId.replaceAll('-', '').slice(-16);
  return { traceparent: `${version}-${traceId}-${spanId}-${flags}`, ...(tracestate === undefined ? {} : { tracestate }) };
}

function tellEnd(result: Promise<unknown>, at: Pick<EndedRun, 'carrier' | 'parent'>): void {
  const { workflowType: workflow_type, runStartTime } = workflowInfo();
  const tell = (outcome: EndedRun['outcome'], error?: string): void =>
    trace.runEnded({ ...at, workflow_type, started_at: runStartTime.getTime(), ended_at: Date.now(), outcome, ...(error === undefined ? {} : { error }) });
  result.then(
    () => tell('completed'),
    (failure: unknown) => {
      if (failure instanceof ContinueAsNew) tell('continued');
      else if (isCancellation(failure)) tell('cancelled');
      // Any other error fails the task, not the run, which goes on.
      else if (failure instanceof TemporalFailure) tell('failed', (failure as { type?: string }).type ?? failure.name);
    },
  );
}
