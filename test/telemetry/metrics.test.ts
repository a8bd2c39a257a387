import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createMetrics } from '../../src/metrics.ts';
import { NO_TELEMETRY, startTelemetry } from '../../src/telemetry/start-telemetry.ts';

test('models that somebody makes up share one series', async () => {
  const metrics = createMetrics({ log: pino({ level: 'silent' }) });
  const call = { vendor: 'openai', outcome: 'provider.unknown_model', seconds: 1, input_tokens: 1, output_tokens: 1, cost_nano_usd: 1 };
  for (let index = 0; index < 1_000; index += 1) metrics.activities.modelCalled({ ...call, model: `made-up-${index}` });
  metrics.activities.modelCalled({ ...call, model: 'x'.repeat(10_000) });
  metrics.activities.modelCalled({ ...call, model: 'made-up-0' });
  const { values } = await metrics.registry.getSingleMetric('ace_model_cost_usd_total')!.get();
  expect(values).toHaveLength(101);
  expect(values.find(({ labels }) => labels.model === 'other')?.value).toBeCloseTo(901e-9);
  expect(values.find(({ labels }) => labels.model === 'made-up-0')?.value).toBeCloseTo(2e-9);
});

test('without an endpoint there is no telemetry', async () => {
  expect(await startTelemetry({ otlpEndpoint: undefined, endpointId: 'local' }, 'ace')).toBe(NO_TELEMETRY);
});
