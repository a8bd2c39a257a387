import express from 'express';
import type { Router } from 'express';
import { EngineError } from '../../errors.ts';
import { readiness } from '../../operations/readiness.ts';
import type { ApiParts } from './create-api.ts';

/** `/healthz` (the process lives), `/readyz` (what it needs answers) and `/status` (both, for people). */
export function healthRouter({ temporal, config }: ApiParts): Router {
  const router = express.Router();
  const started_at = new Date().toISOString();

  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });

  router.get('/readyz', async (_request, response) => {
    const { ready, checks } = await readiness(temporal);
    if (ready) {
      response.set('Cache-Control', 'no-store').json({ status: 'ready', checks });
      return;
    }
    const away = Object.entries(checks).filter(([, check]) => check.status === 'down');
    const errors = away.map(([name, check]) => ({ path: name, message: check.detail ?? 'down' }));
    const code = checks.mongodb.status === 'down' ? 'unavailable.mongodb' : 'unavailable.temporal';
    throw new EngineError(code, `Away: ${away.map(([name]) => name).join(', ')}. Work resumes when they return.`, { errors, extra: { checks } });
  });

  router.get('/status', async (_request, response) => {
    const { ready, checks } = await readiness(temporal);
    response.set('Cache-Control', 'no-store').json({
      status: ready ? 'ready' : 'degraded',
      started_at,
      uptime_seconds: Math.round(process.uptime()),
      endpoint_id: config.endpointId,
      task_queue: config.taskQueue,
      temporal_namespace: config.temporalNamespace,
      checks,
    });
  });
  return router;
}
