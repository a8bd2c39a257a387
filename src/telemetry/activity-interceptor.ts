import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context as ActivityContext } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { readTraceHeader } from '../../workflows/trace-header.ts';
import { contextOf } from './trace-context.ts';

/** Runs each attempt of an activity in a span below its workflow's; without a trace header it makes none. */
export function activityInterceptor({ info, cancellationSignal }: ActivityContext): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        const carrier = readTraceHeader(input.headers);
        if (carrier === undefined) return next(input);
        const attributes = {
          temporalActivityId: info.activityId,
          'ace.attempt': info.attempt,
          'ace.session_uuid': String((input.args[0] as { session_uuid?: unknown } | undefined)?.session_uuid ?? ''),
          ...(info.workflowExecution === undefined ? {} : { temporalWorkflowId: info.workflowExecution.workflowId, temporalRunId: info.workflowExecution.runId }),
        };
        return trace.getTracer('ace.temporal').startActiveSpan(`RunActivity:${info.activityType}`, { attributes }, contextOf(carrier), async (span) => {
          try {
            return await next(input);
          } catch (error) {
            if (!cancellationSignal.aborted) span.setStatus({ code: SpanStatusCode.ERROR });
            // The type alone: a message may quote what a model or a person said.
            span.setAttribute('error.type', error instanceof ApplicationFailure ? (error.type ?? 'internal') : cancellationSignal.aborted ? 'cancelled' : 'internal');
            throw error;
          } finally {
            span.end();
          }
        });
      },
    },
  };
}
