import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { v7 } from 'uuid';
import { carrierOf } from '../../telemetry/trace-context.ts';
import { endRequestSpan, startRequestSpan } from './request-span.ts';

export interface RequestState {
  request_id: string;
  trace_id: string | null;
  /** W3C traceparent of the request's span; null where there is no trace. */
  traceparent: string | null;
  log: Logger;
}

export interface FinishedRequest {
  method: string;
  /** The route's pattern, never the path itself: a label per uuid would fill any metrics store. */
  route: string;
  status: number;
  seconds: number;
}

/** Gives each request its id (the caller's, where it is a plain one), its trace, its log and `X-Request-Id`, and reports its end. */
export function requestState(log: Logger, onFinished?: (request: FinishedRequest) => void): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const request_id = given !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : v7();
    const span = startRequestSpan(request);
    const traceparent = carrierOf(span.spanContext())?.traceparent ?? null;
    const trace_id = traceparent === null ? null : span.spanContext().traceId;
    const state: RequestState = { request_id, trace_id, traceparent, log: log.child(trace_id === null ? { request_id } : { request_id, trace_id }) };
    response.locals.state = state;
    response.set({ 'X-Request-Id': request_id, 'X-Content-Type-Options': 'nosniff' });
    const started = performance.now();
    response.once('close', () => {
      const finished: FinishedRequest = {
        method: request.method,
        route: typeof response.locals.route === 'string' ? response.locals.route : 'none',
        status: response.statusCode,
        seconds: (performance.now() - started) / 1_000,
      };
      // What asks for health and metrics does so every few seconds.
      state.log[finished.route.startsWith('/v1/') ? 'info' : 'debug'](finished, 'request');
      endRequestSpan(span, finished);
      onFinished?.(finished);
    });
    context.with(trace.setSpan(ROOT_CONTEXT, span), next);
  };
}

export function stateOf(response: Response): RequestState {
  return response.locals.state as RequestState;
}
