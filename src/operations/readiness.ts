import type { Client } from '@temporalio/client';
import { pingRecords } from '../records/ping.ts';

const TIMEOUT_MS = 2_000;

export interface Check {
  status: 'up' | 'down';
  detail?: string;
}

export interface Readiness {
  ready: boolean;
  checks: { mongodb: Check; temporal: Check };
}

/** Asks MongoDB and Temporal themselves; each has 2 s to answer. */
export async function readiness(temporal: Client): Promise<Readiness> {
  const [mongodb, server] = await Promise.all([
    check(() => pingRecords(TIMEOUT_MS), 'MongoDB does not answer'),
    check(() => temporal.connection.withDeadline(Date.now() + TIMEOUT_MS, () => temporal.workflowService.getSystemInfo({})), 'Temporal does not answer'),
  ]);
  return { ready: mongodb.status === 'up' && server.status === 'up', checks: { mongodb, temporal: server } };
}

async function check(ask: () => Promise<unknown>, otherwise: string): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), TIMEOUT_MS + 500);
    });
    await Promise.race([ask(), late]);
    return { status: 'up' };
  } catch {
    // Addresses and driver messages stay out of an answer that needs no key.
    return { status: 'down', detail: `${otherwise} within ${TIMEOUT_MS / 1_000} s` };
  } finally {
    clearTimeout(timer);
  }
}
