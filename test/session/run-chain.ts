import { Client, Connection } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { StartedSession } from './run-session.ts';

export interface Run {
  run_id: string;
  history: History;
}

/** Every run of a session's workflow, the first one first. */
export async function runChain(session: StartedSession): Promise<Run[]> {
  // A page of a history full of signals is larger than the 4 MB that gRPC takes by default.
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS!, channelArgs: { 'grpc.max_receive_message_length': 64 * 1024 * 1024 } });
  const { workflow } = new Client({ connection });
  try {
    const runs: Run[] = [];
    let { runId: run_id } = await workflow.getHandle(session.workflow_id).describe();
    while (run_id !== '') {
      const history = await workflow.getHandle(session.workflow_id, run_id).fetchHistory();
      runs.unshift({ run_id, history });
      run_id = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    }
    return runs;
  } finally {
    await connection.close();
  }
}

/** How many events of a kind a history holds. */
export function countEvents(history: History, attributes: string): number {
  return (history.events ?? []).filter((event) => (event as Record<string, unknown>)[attributes] != null).length;
}

/** Activities whose end no run of the chain heard of. */
export function lostActivities(runs: Run[]): number {
  const count = (attributes: string) => runs.reduce((sum, { history }) => sum + countEvents(history, attributes), 0);
  return (
    count('activityTaskScheduledEventAttributes') -
    count('activityTaskCompletedEventAttributes') -
    count('activityTaskFailedEventAttributes') -
    count('activityTaskTimedOutEventAttributes') -
    count('activityTaskCanceledEventAttributes')
  );
}
