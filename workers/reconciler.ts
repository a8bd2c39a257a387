import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { holdLease, releaseLease } from '../src/records/lease.ts';
import { reconcileSessions, type Reconciliation } from '../src/operations/reconcile-sessions.ts';

const EVERY_MS = 5_000;
const LEASE = 'reconciler';
const LEASE_MS = 15_000;

/** Reconciles every few seconds, in one process of the deployment at a time, until `signal` is aborted. */
export async function runReconciler(parts: Reconciliation, signal: AbortSignal): Promise<void> {
  const holder = uuidv7();
  while (!signal.aborted) {
    try {
      if (await holdLease(LEASE, holder, LEASE_MS)) await reconcileSessions(parts);
    } catch (error) {
      parts.log.warn({ err: error }, 'reconciling failed; it is tried again');
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  await releaseLease(LEASE, holder).catch((error: unknown) => parts.log.debug({ err: error }, 'the lease was not given back; it expires'));
}
