import { defaultPayloadConverter, type Headers } from '@temporalio/common';

/** The header under which Temporal's own OpenTelemetry interceptors, of every language, pass a trace on. */
const TRACE_HEADER = '_tracer-data';
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A place in a trace, as W3C Trace Context writes it. */
export interface TraceCarrier {
  traceparent: string;
  tracestate?: string;
}

/** The place in a trace that a caller sent; undefined where there is none or it is not one. */
export function readTraceHeader(headers: Headers): TraceCarrier | undefined {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return undefined;
  let carrier: Partial<TraceCarrier> | null;
  try {
    carrier = defaultPayloadConverter.fromPayload(payload);
  } catch {
    // Anybody may send a header; one that is no JSON is no trace, and must not fail the work.
    return undefined;
  }
  if (typeof carrier?.traceparent !== 'string' || !TRACEPARENT.test(carrier.traceparent)) return undefined;
  return typeof carrier.tracestate === 'string' ? { traceparent: carrier.traceparent, tracestate: carrier.tracestate } : { traceparent: carrier.traceparent };
}

export function withTraceHeader(headers: Headers, carrier: TraceCarrier): Headers {
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}
