import { pino } from 'pino';
import { reconcileSessions } from '../../src/operations/reconcile-sessions.ts';
import type { TestWorker } from './start-test-worker.ts';

/** One pass of the reconciler, as it would be at the time `now` (ms). */
export function reconcileAt(worker: TestWorker, now: number): Promise<void> {
  return reconcileSessions({ temporal: worker.client, task_queue: worker.task_queue, log: pino({ level: 'silent' }), now: () => now });
}
