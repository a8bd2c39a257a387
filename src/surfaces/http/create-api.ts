import type { Client } from '@temporalio/client';
import express from 'express';
import type { Express, Router } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { EngineError } from '../../errors.ts';
import { OPERATIONS } from '../../operations/index.ts';
import type { Operation } from '../../operations/operation.ts';
import { docsRouter } from './docs-router.ts';
import { healthRouter } from './health-router.ts';
import { openApiDocument } from './openapi-document.ts';
import { operationRouter } from './operation-router.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { requestState } from './request-state.ts';
import type { FinishedRequest } from './request-state.ts';
import { sendProblem } from './send-problem.ts';

export interface ApiParts {
  config: Config;
  temporal: Client;
  log: Logger;
  /** Aborted when the process stops; ends streams and waits. */
  signal?: AbortSignal;
  /** Routes outside `/v1` that another part brings (`/metrics`, the page). They come before the 404. */
  routes?: Router;
  on_request?: (request: FinishedRequest) => void;
  /** Told 1 when an event stream opens and -1 when it ends. */
  on_stream?: (change: 1 | -1) => void;
  /** All operations unless a test brings its own. */
  operations?: readonly Operation[];
}

/** The HTTP surface: every operation under `/v1`, and health, documents and documentation outside it. */
export function createApi(parts: ApiParts): Express {
  const operations = parts.operations ?? OPERATIONS;
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').set('query parser', false);
  app.use(requestState(parts.log, parts.on_request));
  app.use(refuseForeign(parts.config));
  app.use('/v1', operationRouter(operations, parts));
  app.use(healthRouter(parts));
  app.use(docsRouter(openApiDocument(operations)));
  if (parts.routes) app.use(parts.routes);
  app.use(() => {
    throw new EngineError('request.not_found', 'No such route; /docs lists them all.');
  });
  app.use(sendProblem);
  return app;
}
