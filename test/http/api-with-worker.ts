import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { v7 } from 'uuid';
import { createWorkers } from '../../workers/create-workers.ts';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest, Reply } from './api-under-test.ts';
import type { ApiParts } from '../../src/surfaces/http/create-api.ts';

export interface ApiWithWorker extends ApiUnderTest {
  /** Starts a session of a definition that is run once, and waits for it unless the query says otherwise. */
  run(definition: unknown, more?: Record<string, unknown>, query?: string): Promise<Reply>;
}

/** The API, and a worker on a task queue of its own that carries its sessions out. */
export async function apiWithWorker(database: string, parts: Partial<ApiParts> = {}, env: Record<string, string> = {}): Promise<ApiWithWorker> {
  quietTemporal();
  const task_queue = `http-${v7()}`;
  const api = await apiUnderTest(database, parts, { ACE_TASK_QUEUE: task_queue, ...env });
  const log: Logger = parts.log ?? pino({ level: 'silent' });
  const workers = await createWorkers({
    services: { config: api.config, log, metrics: { stepEnded() {}, sessionEnded() {}, modelCalled() {} } },
    temporal_address: api.config.temporalAddress!,
    namespace: 'default',
    task_queue,
    bundle_path: process.env.ACE_WORKFLOW_BUNDLE,
  });
  const running = workers.run();
  return {
    ...api,
    run: (definition, more = {}, query = '?wait=30s') => api.call('POST', `/v1/sessions${query}`, { body: { definition, ...more } }),
    async close() {
      workers.shutdown();
      await running;
      await api.close();
    },
  };
}

/** Failures that a test brings about on purpose are no news, the lines of the SDK's native part least of all. */
function quietTemporal(): void {
  const level = process.env.TEST_LOG_LEVEL?.toUpperCase();
  if (level === undefined) Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'off' } } });
  else Runtime.install({ logger: new DefaultLogger(level as LogLevel) });
}
