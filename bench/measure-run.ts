import type { Client, WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';

export interface Measured {
  /** From the workflow's start to its end, by the server's clock. */
  makespan_ms: number;
  events: number;
  history_bytes: number;
  activities: number;
  /** Runs of the workflow: more than one where it continued as new. */
  runs: number;
}

/** Waits for a workflow's end and reads what it took from its histories. Errors: rejects when it did not complete. */
export async function measureRun(client: Client, workflowId: string): Promise<Measured> {
  await client.workflow.getHandle(workflowId).result();
  const measured: Measured = { makespan_ms: 0, events: 0, history_bytes: 0, activities: 0, runs: 0 };
  let started = 0;
  let run: string | undefined = await firstRunId(client, workflowId);
  while (run) {
    const handle: WorkflowHandle = client.workflow.getHandle(workflowId, run);
    const [{ events }, description] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    const info = description.raw.workflowExecutionInfo!;
    measured.runs++;
    measured.events += Number(info.historyLength);
    measured.history_bytes += Number(info.historySizeBytes);
    measured.activities += (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
    if (measured.runs === 1) started = tsToMs(info.startTime);
    measured.makespan_ms = tsToMs(info.closeTime) - started;
    run = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return measured;
}

/** A run that continued another as new names the first of them in its first event. */
async function firstRunId(client: Client, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return events![0]!.workflowExecutionStartedEventAttributes!.firstExecutionRunId!;
}
