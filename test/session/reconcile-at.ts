import { pino } from 'pino';
import { reconcileSessions } from '../../src/operations/reconcile-sessions.ts';
import { eventually } from './eventually.ts';
import type { TestWorker } from './start-test-worker.ts';

/** One pass of the reconciler, as it would be at the time `now` (ms). */
export function reconcileAt(worker: TestWorker, now: number): Promise<void> {
  return reconcileSessions({ temporal: worker.client, task_queue: worker.task_queue, log: pino({ level: 'silent' }), now: () => now });
}

/** Waits until Temporal's list, which lags behind, no longer has the workflow as running. */
export async function listedAsEnded({ client }: TestWorker, workflow_id: string): Promise<void> {
  await eventually(
    async () => (await client.workflow.count(`WorkflowId = '${workflow_id}' AND ExecutionStatus = 'Running'`)).count,
    (running) => running === 0,
  );
}
