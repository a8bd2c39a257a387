import type { ErrorRequestHandler, Response } from 'express';
import { EngineError } from '../../errors.ts';
import { toEngineError } from '../../operations/to-engine-error.ts';
import { problemDocument } from './problem-document.ts';
import { stateOf } from './request-state.ts';

/** Express's last handler: every failure leaves as a problem document, and no stack with it. */
export const sendProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const known = fromExpress(error) ?? toEngineError(error);
  if (known.code === 'internal' && !(error instanceof EngineError)) stateOf(response).log.error({ err: error }, 'request failed');
  writeProblem(response, known);
};

export function writeProblem(response: Response, error: EngineError): void {
  if (error.status === 401) response.set('WWW-Authenticate', 'Bearer realm="ace"');
  if (error.status === 503) response.set('Retry-After', '5');
  response.status(error.status).type('application/problem+json').send(`${JSON.stringify(problemDocument(error, stateOf(response)))}\n`);
}

/** Failures of express and its body parser, by their own types. */
function fromExpress(error: unknown): EngineError | undefined {
  const failure = error as { type?: unknown; status?: unknown; limit?: unknown } | null;
  if (failure instanceof EngineError || typeof failure?.status !== 'number') return undefined;
  if (failure.type === 'entity.too.large') return new EngineError('request.too_large', `The body is larger than the ${String(failure.limit)} bytes taken here; send less.`);
  if (failure.status === 415) return new EngineError('request.unsupported_media_type', 'Send the body as JSON in UTF-8, plain or compressed with gzip, deflate or br.');
  if (error instanceof URIError) return new EngineError('request.invalid', 'The path holds a % that begins no valid UTF-8 escape.');
  if (failure.status >= 400 && failure.status < 500) return new EngineError('request.invalid', 'The request could not be read; check its path, headers and body.');
  return undefined;
}
