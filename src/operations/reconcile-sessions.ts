import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Logger } from 'pino';
import { reopenSession } from '../records/reopen-session.ts';
import { ENDED_SESSION_STATUSES, OPEN_SESSION_STATUSES, SessionModel, type SessionRow } from '../records/session.ts';
import { finishSettling, settleSession, type SettledAs } from '../records/settle-session.ts';
import { beginSession } from './begin-session.ts';
import { isOfEarlierSession, type SessionToStart } from './session-workflow.ts';
import { tellAnswers } from './tell-answers.ts';
import { toEngineError } from './to-engine-error.ts';

/** How long a session may be without a workflow, and its settlement under way. */
const PATIENCE_MS = 10_000;
const BATCH = 500;

/** What is read of each session: its inputs may have megabytes. */
const OPEN_FIELDS = {
  session_uuid: 1, partition_key: 1, part_id: 1, coordination_name: 1, coordination_uuid: 1, version: 1, workflow_id: 1, start_at: 1, user_id: 1, traceparent: 1, created_at: 1,
  run_id: 1, status: 1,
} as const satisfies Record<keyof SessionToStart, 1> & Partial<Record<keyof SessionRow, 1>>;
type OpenSession = Pick<SessionRow, '_id' | keyof typeof OPEN_FIELDS>;
const ENDED_FIELDS = { session_uuid: 1, partition_key: 1, workflow_id: 1, run_id: 1, status: 1, error_json: 1 } as const;
type EndedSession = Pick<SessionRow, '_id' | keyof typeof ENDED_FIELDS>;

export interface Reconciliation {
  temporal: Client;
  task_queue: string;
  log: Logger;
  now?: () => number;
}

/**
 * Compares open sessions with Temporal, once: settles those whose workflow was ended from outside, starts those that
 * never got one, reopens those that were reset, and tells sessions again of answers that they missed.
 */
export async function reconcileSessions(parts: Reconciliation): Promise<void> {
  const running = await runningWorkflows(parts.temporal);
  await settleOrStart(parts, running);
  await finishSettlements(parts);
  await reopenReset(parts, running);
  await tellAnswers({ ...parts, now: (parts.now ?? Date.now)() });
}

async function runningWorkflows(temporal: Client): Promise<Map<string, string>> {
  const running = new Map<string, string>();
  for await (const execution of temporal.workflow.list({ query: `WorkflowType = 'session' AND ExecutionStatus = 'Running'` })) {
    running.set(execution.workflowId, execution.runId);
  }
  return running;
}

async function settleOrStart(parts: Reconciliation, running: Map<string, string>): Promise<void> {
  const { log, now = Date.now } = parts;
  const before = new Date(now() - PATIENCE_MS);
  const open = SessionModel.find({ status: { $in: OPEN_SESSION_STATUSES }, created_at: { $lt: before } }).setOptions({ allProjects: true }).select(OPEN_FIELDS).lean<OpenSession[]>();
  for await (const session of open.cursor({ batchSize: BATCH })) {
    const row = session as OpenSession;
    if (running.has(row.workflow_id)) continue;
    await oneOfMany(log, row, () => settleOrStartOne(parts, row));
  }
}

/** One session that cannot be helped must not keep the others waiting; a server that is away keeps them all. */
async function oneOfMany(log: Logger, { session_uuid }: Pick<SessionRow, 'session_uuid'>, help: () => Promise<void>): Promise<void> {
  try {
    await help();
  } catch (error) {
    if (toEngineError(error).code !== 'internal') throw error;
    log.error({ err: error, session_uuid }, 'a session could not be reconciled');
  }
}

async function settleOrStartOne({ temporal, task_queue, log }: Reconciliation, row: OpenSession): Promise<void> {
  // The list may lag behind; the workflow itself is asked before anything is done.
  const found = await describe(temporal, row.workflow_id);
  if (found?.status.name === 'RUNNING') return;
  if (row.status === 'initial' && (found === null || isOfEarlierSession(found, row))) {
    log.warn({ session_uuid: row.session_uuid }, 'a session had no workflow; it is started again');
    await beginSession({ temporal, task_queue }, row);
    return;
  }
  const as = settledAs(found);
  if (await settleSession(row, as)) log.warn({ session_uuid: row.session_uuid, workflow: found?.status.name ?? 'DELETED', status: as.status }, 'a workflow ended without its own say; its session is settled');
}

/** Settlements that were cut short: those of a process that stopped half-way. */
async function finishSettlements({ log, now = Date.now }: Reconciliation): Promise<void> {
  const begun = SessionModel.find({ settling: true, ended_at: { $lt: new Date(now() - PATIENCE_MS) } }).setOptions({ allProjects: true }).select(ENDED_FIELDS).lean<EndedSession[]>();
  for await (const session of begun.cursor({ batchSize: BATCH })) {
    const row = session as EndedSession;
    await oneOfMany(log, row, () => finishSettling(row));
  }
}

function settledAs(found: WorkflowExecutionDescription | null): SettledAs {
  const name = found?.status.name ?? 'DELETED';
  if (name === 'CANCELLED') return { status: 'cancelled', error: null };
  if (name === 'TIMED_OUT') return { status: 'timeout', error: { code: 'session.timeout', message: 'The workflow of the session timed out.' } };
  const how = { TERMINATED: 'was terminated from outside', DELETED: 'was deleted' }[name as string] ?? `ended as ${name}`;
  return { status: 'failed', error: { code: 'session.workflow_lost', message: `The workflow of the session ${how}.` } };
}

async function describe(temporal: Client, workflow_id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await temporal.workflow.getHandle(workflow_id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function reopenReset({ temporal, log }: Reconciliation, running: Map<string, string>): Promise<void> {
  const ids = [...running.keys()];
  for (let at = 0; at < ids.length; at += BATCH) {
    const ended = await SessionModel.find({ workflow_id: { $in: ids.slice(at, at + BATCH) }, status: { $in: [...ENDED_SESSION_STATUSES] } })
      .setOptions({ allProjects: true })
      .select(ENDED_FIELDS)
      .lean<EndedSession[]>();
    for (const session of ended) {
      // A session that ended itself a moment ago may still be listed as running, under the same run.
      // One that was cancelled before its workflow began has none that could be reset.
      if (session.run_id === running.get(session.workflow_id) || session.run_id === null) continue;
      await oneOfMany(log, session, () => reopenOne({ temporal, log }, session));
    }
  }
}

async function reopenOne({ temporal, log }: Pick<Reconciliation, 'temporal' | 'log'>, session: EndedSession): Promise<void> {
  // Listed under another run, it may have been continued as new and ended since.
  const found = await describe(temporal, session.workflow_id);
  if (found?.status.name !== 'RUNNING' || found.runId === session.run_id) return;
  log.warn({ session_uuid: session.session_uuid }, 'a workflow was reset from outside; its session is open again');
  await reopenSession(session, found.runId);
}
