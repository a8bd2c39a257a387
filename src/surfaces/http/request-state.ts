import { trace } from '@opentelemetry/api';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { v7 } from 'uuid';

export interface RequestState {
  request_id: string;
  trace_id: string | null;
  log: Logger;
}

export interface FinishedRequest {
  method: string;
  /** The route's pattern, never the path itself: a label per uuid would fill any metrics store. */
  route: string;
  status: number;
  seconds: number;
}

const INVALID_TRACE = '00000000000000000000000000000000';

/** Gives each request its id (the caller's, where it is a plain one), its log and `X-Request-Id`, and reports its end. */
export function requestState(log: Logger, onFinished?: (request: FinishedRequest) => void): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const request_id = given !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : v7();
    const trace_id = trace.getActiveSpan()?.spanContext().traceId ?? null;
    const state: RequestState = { request_id, trace_id: trace_id === INVALID_TRACE ? null : trace_id, log: log.child({ request_id }) };
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
      state.log.debug(finished, 'request');
      onFinished?.(finished);
    });
    next();
  };
}

export function stateOf(response: Response): RequestState {
  return response.locals.state as RequestState;
}
