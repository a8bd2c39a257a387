import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { Request } from 'express';
import { contextOf } from '../../telemetry/trace-context.ts';
import type { FinishedRequest } from './request-state.ts';

/** The span of a request, in the caller's trace where it sent one. Without telemetry it only holds the caller's place. */
export function startRequestSpan(request: Request): Span {
  const caller = contextOf({ traceparent: request.get('traceparent'), tracestate: request.get('tracestate')?.slice(0, 512) });
  // Neither path nor query: both may hold what only the caller should know.
  const attributes = { 'http.request.method': request.method, 'url.scheme': request.protocol };
  return trace.getTracer('ace.http').startSpan(request.method, { kind: SpanKind.SERVER, attributes }, caller);
}

export function endRequestSpan(span: Span, { method, route, status }: FinishedRequest): void {
  if (route !== 'none') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(status));
  span.end();
}
