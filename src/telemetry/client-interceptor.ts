import { SpanKind, SpanStatusCode, context, trace, type Attributes } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { withTraceHeader } from '../../workflows/trace-header.ts';
import { carrierOf } from './trace-context.ts';

/** Gives what a client starts and signals a span below the active one, and starts the trace's place as a header. */
export function clientInterceptor(): WorkflowClientInterceptor {
  return {
    startWithDetails: (input, next) =>
      spanned(`StartWorkflow:${input.workflowType}`, { temporalWorkflowId: input.options.workflowId }, () => {
        const carrier = carrierOf(trace.getActiveSpan()?.spanContext());
        return next(carrier === null ? input : { ...input, headers: withTraceHeader(input.headers, carrier) });
      }),
    signal: (input, next) =>
      spanned(`SignalWorkflow:${input.signalName}`, { temporalWorkflowId: input.workflowExecution.workflowId ?? '' }, () => next(input)),
  };
}

/** Without an active span there is no trace to belong to: the reconciler's own sweeps make none. */
async function spanned<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (trace.getActiveSpan() === undefined) return work();
  return trace.getTracer('ace.temporal').startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, context.active(), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      throw error;
    } finally {
      span.end();
    }
  });
}
