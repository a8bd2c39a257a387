import { Router } from 'express';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { countOpen } from './records/count-open.ts';

const NANO = 1e9;
/** Models with series of their own; whoever names one more is counted under `other`, so that no tenant can fill a store. */
const MOST_MODELS = 100;
const LONGEST_MODEL = 100;
/** A scrape waits no longer for MongoDB: what this process knows itself is told without it. */
const COUNT_MS = 3_000;

/** What happened in this process, for Prometheus, and what is open in the whole deployment. */
export function createMetrics({ log }: { log: Logger }) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'ace_http_request_seconds', help: 'Requests by method, route and status.', labelNames: ['method', 'route', 'status'], registers,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
  });
  const sessions = new Counter({ name: 'ace_sessions_ended_total', help: 'Sessions that ended, by status.', labelNames: ['status'], registers });
  const steps = new Counter({ name: 'ace_steps_ended_total', help: 'Steps that ended, by state.', labelNames: ['state'], registers });
  const calls = new Histogram({
    name: 'ace_model_call_seconds', help: 'Model calls by vendor, model and outcome.', labelNames: ['vendor', 'model', 'outcome'], registers,
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
  });
  const tokens = new Counter({ name: 'ace_model_tokens_total', help: 'Tokens by vendor, model and direction.', labelNames: ['vendor', 'model', 'direction'], registers });
  const cost = new Counter({ name: 'ace_model_cost_usd_total', help: 'Cost of model calls by vendor and model, in USD.', labelNames: ['vendor', 'model'], registers });
  const streams = new Gauge({ name: 'ace_stream_listeners', help: 'Open event streams.', registers });

  const open = new Gauge({ name: 'ace_sessions_open', help: 'Open sessions of the whole deployment, by status.', labelNames: ['status'], registers });
  const waits = new Gauge({ name: 'ace_decisions_pending', help: 'Questions of the whole deployment that wait for a person.', registers });

  const models = new Set<string>();
  const labelsOf = ({ vendor, model }: { vendor: string; model: string }): { vendor: string; model: string } => {
    const name = `${vendor}/${model}`;
    if (models.size < MOST_MODELS && name.length <= LONGEST_MODEL) models.add(name);
    return { vendor, model: models.has(name) ? model : 'other' };
  };

  const countDeployment = async (): Promise<void> => {
    open.reset();
    waits.remove();
    try {
      const counts = await within(COUNT_MS, countOpen());
      for (const { status, count } of counts.sessions) open.set({ status }, count);
      waits.set(counts.pending_decisions);
    } catch (error) {
      log.warn({ err: error }, 'open sessions and decisions could not be counted; /metrics leaves them out');
    }
  };

  const routes = Router();
  routes.get('/metrics', async (_request, response) => {
    await countDeployment();
    response.type(registry.contentType).send(await registry.metrics());
  });
  return {
    registry,
    routes,
    stream: (change: 1 | -1): void => streams.inc(change),
    request(request: { method: string; route: string; status: number; seconds: number }): void {
      requests.observe({ method: request.method, route: request.route, status: String(request.status) }, request.seconds);
    },
    activities: {
      stepEnded: (state: string): void => steps.inc({ state }),
      sessionEnded: (status: string): void => sessions.inc({ status }),
      modelCalled(call: { vendor: string; model: string; outcome: string; seconds: number; input_tokens: number; output_tokens: number; cost_nano_usd: number }): void {
        const labels = labelsOf(call);
        calls.observe({ ...labels, outcome: call.outcome }, call.seconds);
        tokens.inc({ ...labels, direction: 'input' }, call.input_tokens);
        tokens.inc({ ...labels, direction: 'output' }, call.output_tokens);
        cost.inc(labels, call.cost_nano_usd / NANO);
      },
    },
  };
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

export type Metrics = ReturnType<typeof createMetrics>;
