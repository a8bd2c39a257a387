import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { InjectedSinks } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { EndedRun, TraceSinks } from '../../workflows/interceptors.ts';
import { spanContextOf } from './trace-context.ts';

/** Makes spans of the runs that workflows report; a sandbox has neither a clock nor a network to do it itself. */
export function workflowSinks(processor: SpanProcessor, resource: Resource): InjectedSinks<TraceSinks> {
  return {
    trace: {
      runEnded: {
        callDuringReplay: false,
        fn(info, run) {
          const span = spanOf(info, run, resource);
          if (span !== undefined) processor.onEnd(span);
        },
      },
    },
  };
}

function spanOf(info: WorkflowInfo, run: EndedRun, resource: Resource): ReadableSpan | undefined {
  const own = spanContextOf(run.carrier);
  const parent = spanContextOf(run.parent);
  if (own === undefined || parent === undefined || (own.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  const { isRemote: _, ...spanContext } = own;
  return {
    name: `RunWorkflow:${run.workflow_type}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => spanContext,
    parentSpanContext: parent,
    startTime: timeOf(run.started_at),
    endTime: timeOf(run.ended_at),
    duration: timeOf(run.ended_at - run.started_at),
    ended: true,
    status: { code: run.outcome === 'failed' ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: {
      temporalWorkflowId: info.workflowId,
      temporalRunId: info.runId,
      'ace.outcome': run.outcome,
      ...(run.error === undefined ? {} : { 'error.type': run.error }),
    },
    links: [],
    events: [],
    resource,
    instrumentationScope: { name: 'ace.temporal' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function timeOf(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1_000), (milliseconds % 1_000) * 1e6];
}
