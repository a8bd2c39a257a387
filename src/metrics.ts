import { Router } from 'express';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const NANO = 1e9;

/** What happened in this process, for Prometheus. */
export function createMetrics() {
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

  const routes = Router();
  routes.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return {
    registry,
    routes,
    streams,
    request(request: { method: string; route: string; status: number; seconds: number }): void {
      requests.observe({ method: request.method, route: request.route, status: String(request.status) }, request.seconds);
    },
    activities: {
      stepEnded: (state: string): void => steps.inc({ state }),
      sessionEnded: (status: string): void => sessions.inc({ status }),
      modelCalled(call: { vendor: string; model: string; outcome: string; seconds: number; input_tokens: number; output_tokens: number; cost_nano_usd: number }): void {
        const labels = { vendor: call.vendor, model: call.model };
        calls.observe({ ...labels, outcome: call.outcome }, call.seconds);
        tokens.inc({ ...labels, direction: 'input' }, call.input_tokens);
        tokens.inc({ ...labels, direction: 'output' }, call.output_tokens);
        cost.inc(labels, call.cost_nano_usd / NANO);
      },
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
