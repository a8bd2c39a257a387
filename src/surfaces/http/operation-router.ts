import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { v7 } from 'uuid';
import { EngineError } from '../../errors.ts';
import { authenticate, authenticateStream } from '../../operations/authenticate.ts';
import type { Identity } from '../../operations/authenticate.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { Operation, StreamEvent, Content } from '../../operations/operation.ts';
import { runOperation } from '../../operations/run-operation.ts';
import type { ApiParts } from './create-api.ts';
import { inputReader } from './read-input.ts';
import { stateOf } from './request-state.ts';
import { sendContent } from './send-content.ts';
import { sendEvents } from './send-events.ts';

const BODY_LIMIT = 1_000_000;

/** One route for each operation, and a 405 with `Allow` for the other methods of its path. */
export function operationRouter(operations: readonly Operation[], parts: ApiParts): Router {
  const router = express.Router({ caseSensitive: true });
  for (const [path, ofPath] of byPath(operations)) {
    const route = router.route(path);
    for (const operation of ofPath) {
      const method = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
      route[method](authenticated(operation), ...bodyReaders(operation), handler(operation, parts));
    }
    const allowed = ofPath.map((operation) => operation.method).join(', ');
    route.all((_request, response) => {
      response.set('Allow', allowed);
      throw new EngineError('request.method_not_allowed', `This path takes ${allowed}.`);
    });
  }
  return router;
}

/** Paths with fewer and later parameters first: neither `/coordinations/validate` nor the `by-name` of `/coordinations/by-name/plan` is a uuid. */
function byPath(operations: readonly Operation[]): Array<[string, Operation[]]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
  const parameters = (path: string) => path.split(':').length;
  return [...paths].sort(([one], [other]) => parameters(one) - parameters(other) || other.indexOf(':') - one.indexOf(':'));
}

function authenticated(operation: Operation): RequestHandler {
  return async (request, response, next) => {
    response.locals.route = `/v1${operation.path}`;
    const key = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
    const token = key === undefined && operation.kind === 'sse' ? tokenOf(request) : undefined;
    response.locals.key = key;
    response.locals.identity = token === undefined ? await authenticate(key) : await authenticateStream(token);
    next();
  };
}

/** A browser's EventSource sends no header. */
function tokenOf(request: Request): string | undefined {
  return new URL(request.originalUrl, 'http://request').searchParams.get('access_token') ?? undefined;
}

function bodyReaders(operation: Operation): RequestHandler[] {
  if (operation.method === 'GET' || operation.method === 'DELETE') return [];
  return [express.raw({ type: () => true, limit: operation.body_limit ?? BODY_LIMIT })];
}

function handler(operation: Operation, parts: ApiParts): RequestHandler {
  const readInput = inputReader(operation);
  return async (request, response) => {
    const input = readInput(request);
    const context = contextOf(response, parts);
    const { status, output } = await runOperation(operation, context, {
      input,
      request: { idempotency_key: idempotencyKey(request, operation), seal_with: response.locals.key as string },
    });
    // A process that stops still answers what it has; only a caller who went is told nothing.
    if (response.destroyed) return;
    // Express answers HEAD by what answers GET, but a stream would not end before its session.
    if (operation.kind === 'sse' && request.method === 'HEAD') return void response.status(200).type('text/event-stream').end();
    if (operation.kind === 'sse') return counted(parts.on_stream, () => sendEvents(response, output as AsyncIterable<StreamEvent>, context.signal));
    if (operation.kind === 'content') return sendContent(response, output as Content, context.signal);
    response.status(status).set('Cache-Control', 'no-store');
    if (status === 204) response.end();
    else if (typeof output === 'string' && operation.formats !== undefined) response.type(formatOf(operation.formats, input)).send(output);
    // The line break is for people who read answers in a terminal.
    else response.type('application/json').send(`${JSON.stringify(output)}\n`);
  };
}

async function counted(onStream: ApiParts['on_stream'], stream: () => Promise<void>): Promise<void> {
  onStream?.(1);
  try {
    await stream();
  } finally {
    onStream?.(-1);
  }
}

function formatOf(formats: Readonly<Record<string, string>>, input: Record<string, unknown>): string {
  return formats[String(input.format)] ?? 'text/plain';
}

function idempotencyKey(request: Request, operation: Operation): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || operation.idempotent !== true) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new EngineError('request.invalid', 'The Idempotency-Key is not usable.', {
    errors: [{ path: 'Idempotency-Key', message: 'Send 1 to 255 visible ASCII characters, for example a UUID.' }],
  });
}

function contextOf(response: Response, parts: ApiParts): OperationContext {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { request_id, trace_id, traceparent, log } = stateOf(response);
  const identity = response.locals.identity as Identity;
  return {
    ...identity,
    request_id,
    trace_id,
    traceparent,
    log: log.child({ project: identity.project.name }),
    temporal: parts.temporal,
    task_queue: parts.config.taskQueue,
    config: parts.config,
    signal: parts.signal === undefined ? gone.signal : AbortSignal.any([gone.signal, parts.signal]),
    resource_uuid: v7(),
    acted: () => {},
    reply: {},
  };
}
