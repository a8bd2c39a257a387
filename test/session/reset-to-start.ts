import type { StartedSession } from './run-session.ts';
import type { TestWorker } from './start-test-worker.ts';

/** Resets the workflow to its first task, as in the Temporal UI: everything that came after is done again. */
export async function resetToStart({ client }: TestWorker, session: StartedSession, reapply: 'all' | 'none' = 'all'): Promise<void> {
  const workflowExecution = { workflowId: session.workflow_id, runId: (await session.handle.describe()).runId };
  const { history } = await client.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution: workflowExecution });
  const first = history!.events!.find((event) => event.workflowTaskCompletedEventAttributes != null)!;
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default', workflowExecution, reason: 'test', requestId: `${session.session_uuid}-${Date.now()}`,
    workflowTaskFinishEventId: first.eventId!, resetReapplyType: reapply === 'all' ? 3 : 2,
  });
}
