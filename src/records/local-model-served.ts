import { holdLease, isLeaseHeld } from './lease.ts';

/** How long after its last word a worker is still expected to come back. */
const SERVED_MS = 300_000;
/** All workers that have the model hold it together. */
const HOLDER = 'workers';

/** Says that a worker of this task queue has the local model; to be said again within five minutes. */
export async function tellLocalModelServed(task_queue: string): Promise<void> {
  await holdLease(nameOf(task_queue), HOLDER, SERVED_MS);
}

/** Whether any worker of this task queue has, or had within the last minutes, the local model. */
export function isLocalModelServed(task_queue: string): Promise<boolean> {
  return isLeaseHeld(nameOf(task_queue));
}

function nameOf(task_queue: string): string {
  return `local model/${task_queue}`;
}
