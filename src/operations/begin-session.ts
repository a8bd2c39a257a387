import { appendEvents } from '../records/append-events.ts';
import type { OperationContext } from './context.ts';
import { startSessionWorkflow, type SessionToStart } from './session-workflow.ts';

/**
 * What follows a session's record: its first event and its workflow. Safe to repeat, also by another process than the
 * one that stored the record. Errors: Temporal's own, where it cannot be reached.
 */
export async function beginSession({ temporal, task_queue }: Pick<OperationContext, 'temporal' | 'task_queue'>, row: SessionToStart): Promise<void> {
  await appendEvents(row, [{
    event_type: 'session.created',
    event_key: 'session.created',
    source_component: 'api',
    data: { coordination_uuid: row.coordination_uuid, coordination_name: row.coordination_name, version: row.version, user_id: row.user_id },
    message: `A session of ${row.coordination_name} was accepted.`,
  }]);
  await startSessionWorkflow(temporal, task_queue, row);
}
