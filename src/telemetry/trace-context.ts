import { ROOT_CONTEXT, createTraceState, isSpanContextValid, trace, type Context, type SpanContext } from '@opentelemetry/api';
import type { TraceCarrier } from '../../workflows/trace-header.ts';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A span context as W3C Trace Context writes it; null where there is none. */
export function carrierOf(span: SpanContext | undefined): TraceCarrier | null {
  if (span === undefined || !isSpanContextValid(span)) return null;
  const traceparent = `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = span.traceState?.serialize();
  return tracestate === undefined || tracestate === '' ? { traceparent } : { traceparent, tracestate };
}

/** The span context of a carrier; undefined where it is not one, as the standard wants it. */
export function spanContextOf({ traceparent, tracestate }: { traceparent?: string | null | undefined; tracestate?: string | undefined }): SpanContext | undefined {
  const found = TRACEPARENT.exec(traceparent ?? '');
  if (found === null || found[0].startsWith('ff') || (found[0].startsWith('00') && found[4] !== undefined)) return undefined;
  const span: SpanContext = {
    traceId: found[1]!,
    spanId: found[2]!,
    traceFlags: Number.parseInt(found[3]!, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}

/** The context below which spans belong to the carrier's trace; the root where there is none. */
export function contextOf(carrier: Parameters<typeof spanContextOf>[0]): Context {
  const span = spanContextOf(carrier);
  return span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
}
