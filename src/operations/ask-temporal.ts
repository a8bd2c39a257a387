import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';

const DEADLINE_MS = 5_000;

/** Asks Temporal with a deadline: by itself its client would try for minutes. Errors: gRPC's, which become `unavailable.temporal`. */
export function askTemporal<Result>(temporal: Client, ask: () => Promise<Result>): Promise<Result> {
  return temporal.connection.withDeadline(Date.now() + DEADLINE_MS, ask);
}

/** Sends a signal to a session's workflow; false where there is none to hear it. */
export async function signalSession(temporal: Client, workflow_id: string, signal: { name: string; args: unknown[] }): Promise<boolean> {
  try {
    await askTemporal(temporal, () => temporal.workflow.getHandle(workflow_id).signal(signal.name, ...signal.args));
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
