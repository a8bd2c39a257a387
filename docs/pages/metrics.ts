import { pino } from 'pino';
import { createMetrics } from '../../src/metrics.ts';
import { page, table } from './markdown.ts';

/** Every metric of the engine itself, besides those that every Node process has. */
export function metricsPage(): string {
  // The library's typings leave out the labels.
  const metrics = createMetrics({ log: pino({ level: 'silent' }) }).registry.getMetricsAsArray() as unknown as Array<{ name: string; help: string; type: string; labelNames: string[] }>;
  const rows = metrics.filter(({ name }) => name.startsWith('ace_')).map(({ name, type, labelNames, help }) => [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(', '), help]);
  return page('Metrics', [
    'In the format of Prometheus, at `/metrics` of the API, and of a worker where `ACE_METRICS_PORT` is set. Metrics of the Node process itself (`process_*`, `nodejs_*`) come with them.',
    table(['Metric', 'Type', 'Labels', 'What it counts'], rows),
  ]);
}
