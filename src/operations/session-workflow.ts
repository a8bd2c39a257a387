import { context, trace } from '@opentelemetry/api';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SessionRow } from '../records/session.ts';
import { contextOf } from '../telemetry/trace-context.ts';
import { askTemporal, signalSession } from './ask-temporal.ts';
import { staticDetails } from './static-details.ts';
import type { session } from '../../workflows/session.ts';

const ACE_PROJECT = defineSearchAttributeKey('AceProject', 'KEYWORD');
const ACE_COORDINATION = defineSearchAttributeKey('AceCoordination', 'KEYWORD');
const ACE_STATUS = defineSearchAttributeKey('AceStatus', 'KEYWORD');

export type SessionToStart = Pick<SessionRow, 'partition_key' | 'session_uuid' | 'part_id' | 'coordination_name' | 'coordination_uuid' | 'version' | 'workflow_id' | 'start_at' | 'user_id' | 'traceparent' | 'created_at'>;

/**
 * Starts the workflow of a session, in the trace of the request that made it. Where it runs already, that one goes on;
 * where it has ended, as before a starter that was held up, it is not run again.
 */
export async function startSessionWorkflow(temporal: Client, task_queue: string, row: SessionToStart): Promise<void> {
  try {
    await start(temporal, task_queue, { row, reuse: WorkflowIdReusePolicy.REJECT_DUPLICATE });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const ended = await temporal.workflow.getHandle(row.workflow_id).describe();
    if (isOfEarlierSession(ended, row)) await start(temporal, task_queue, { row, reuse: WorkflowIdReusePolicy.ALLOW_DUPLICATE });
  }
}

/** A session that was deleted leaves its workflow, and a caller may give its own session_uuid a second time. */
export function isOfEarlierSession({ memo }: Pick<WorkflowExecutionDescription, 'memo'>, row: Pick<SessionRow, 'created_at'>): boolean {
  return memo?.created_at !== undefined && memo.created_at !== row.created_at.toISOString();
}

async function start(temporal: Client, task_queue: string, { row, reuse }: { row: SessionToStart; reuse: WorkflowIdReusePolicy }): Promise<void> {
  const delay = row.start_at === null ? 0 : row.start_at.getTime() - Date.now();
  const place = trace.getActiveSpan() === undefined ? contextOf(row) : context.active();
  await context.with(place, () => temporal.workflow.start<typeof session>('session', {
    workflowId: row.workflow_id,
    taskQueue: task_queue,
    args: [{ partition_key: row.partition_key, session_uuid: row.session_uuid }],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: reuse,
    staticSummary: row.coordination_name.slice(0, 200),
    staticDetails: staticDetails(row),
    typedSearchAttributes: [
      { key: ACE_PROJECT, value: row.part_id },
      { key: ACE_COORDINATION, value: row.coordination_name.slice(0, 255) },
      { key: ACE_STATUS, value: 'in_progress' },
    ],
    memo: { session_uuid: row.session_uuid, created_at: row.created_at.toISOString(), coordination_uuid: row.coordination_uuid, version: row.version, ...(row.user_id === null ? {} : { user_id: row.user_id }) },
    ...(delay > 0 ? { startDelay: delay } : {}),
  }));
}

/**
 * Signals a session's workflow to cancel; false where there is none to hear it. A workflow that waits for its `start_at`
 * sleeps through plain signals: one that comes with a start wakes it.
 */
export async function cancelSessionWorkflow(temporal: Client, task_queue: string, row: SessionToStart): Promise<boolean> {
  if (row.start_at === null || row.start_at.getTime() <= Date.now()) return signalSession(temporal, row.workflow_id, { name: 'cancel', args: [] });
  try {
    await askTemporal(temporal, () => temporal.workflow.signalWithStart<typeof session>('session', {
      workflowId: row.workflow_id,
      taskQueue: task_queue,
      args: [{ partition_key: row.partition_key, session_uuid: row.session_uuid }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      signal: 'cancel',
      signalArgs: [],
    }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
