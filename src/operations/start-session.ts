import { trace } from '@opentelemetry/api';
import type { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { AgentActions } from '../plan/definition.ts';
import { parseDuration } from '../plan/duration.ts';
import { expand } from '../plan/subtask-queries.ts';
import type { SubtaskQuery } from '../plan/subtask-queries.ts';
import { coordinationStands } from '../records/coordination-head.ts';
import { insertSession, markDispatched, withdrawSession } from '../records/insert-session.ts';
import { toJsonText } from '../records/json-text.ts';
import { metadataIndex } from '../records/metadata-index.ts';
import { splitPartitionKey } from '../records/partition-key.ts';
import { storePlan } from '../records/plan.ts';
import { findSession, sessionId, sessionWorkflowId } from '../records/session.ts';
import type { SessionRow } from '../records/session.ts';
import { askTemporal } from './ask-temporal.ts';
import { beginSession } from './begin-session.ts';
import { contentHash, definitionInvalid } from './compile-definition.ts';
import type { OperationContext } from './context.ts';
import { notFound } from './not-found.ts';
import type { START_FIELDS } from './schemas/session.ts';
import type { SessionTarget } from './session-target.ts';
import { toEngineError } from './to-engine-error.ts';

export type StartFields = z.output<z.ZodObject<typeof START_FIELDS>>;

const DEFAULT_MAX_PARALLEL = 100;
const YEAR_MS = 366 * 86_400_000;

/**
 * Stores a session and starts its workflow. Before anything is stored Temporal is asked whether it is there; once the
 * record stands the session is accepted; where Temporal goes away in that moment it stays `initial` and the reconciler
 * starts it, else it is `dispatched`.
 * The same request with the same session_uuid takes up where an earlier one was cut off.
 * Errors: `definition.invalid`, `resource.exists`, `resource.not_found`, `unavailable.temporal`.
 */
export async function startSession(
  context: OperationContext,
  request: StartFields & { session_uuid: string },
  target: SessionTarget,
): Promise<SessionRow> {
  const { problems = [] } = expand(target.plan, request.subtask_queries as SubtaskQuery[], request.task_query);
  if (problems.length > 0) throw definitionInvalid(problems);
  const row = rowOf(context, request, target);
  await requireTemporal(context);

  const stored = await store(row, target);
  context.acted();
  if (stored.status !== 'initial') return stored;
  try {
    await askTemporal(context.temporal, () => beginSession(context, stored));
    await markDispatched(stored);
    return { ...stored, status: 'dispatched' };
  } catch (error) {
    if (toEngineError(error).code !== 'unavailable.temporal') throw error;
    context.log.warn({ err: error, session_uuid: stored.session_uuid }, 'Temporal went away while a session started; the reconciler starts it');
  }
  return stored;
}

async function requireTemporal({ temporal }: OperationContext): Promise<void> {
  try {
    await askTemporal(temporal, () => temporal.workflowService.getSystemInfo({}));
  } catch (error) {
    if (toEngineError(error).code !== 'unavailable.temporal') throw error;
    throw new EngineError('unavailable.temporal', 'The Temporal server does not answer, and no session was stored; start it again when /readyz says that it is back.', { cause: error });
  }
}

/** Stores the record, or answers the one that an earlier try of this request stored. */
async function store(row: SessionRow, target: SessionTarget): Promise<SessionRow> {
  if (!target.is_stored) {
    const earlier = await findSession(row.partition_key, row.session_uuid);
    if (earlier !== null) return sameRequest(earlier, row);
    await storePlan(row.partition_key, target.plan);
  }
  const inserted = await insertSession(row);
  if (!inserted.made) return sameRequest(inserted.row, row);
  // A deletion marks its coordination and then looks for sessions; this looks for the mark after the session is there.
  const isOneOff = target.coordination_uuid === row.session_uuid;
  if (!isOneOff && !await coordinationStands(row.partition_key, target.coordination_uuid)) {
    await withdrawSession(row);
    throw notFound('coordination', 'coordination', 'GET /v1/coordinations');
  }
  return row;
}

function sameRequest(stored: SessionRow, row: SessionRow): SessionRow {
  if (stored.request_hash === row.request_hash) return stored;
  throw new EngineError('resource.exists', 'Another session has this session_uuid; choose another one, or leave it out.', { errors: [{ path: 'session_uuid', message: 'Taken by another session.' }] });
}

function rowOf(context: OperationContext, request: StartFields & { session_uuid: string }, target: SessionTarget): SessionRow {
  const { partition_key } = context.project;
  const { session_uuid, start_at } = request;
  const now = new Date();
  if (start_at !== undefined && start_at.getTime() > now.getTime() + YEAR_MS) {
    throw new EngineError('request.invalid', 'start_at is more than a year ahead.', { errors: [{ path: 'start_at', message: 'Must be at most a year ahead.' }] });
  }
  const { config } = target;
  const timeout = request.timeout === undefined ? config.timeout : request.timeout;
  return {
    _id: sessionId(partition_key, session_uuid),
    partition_key,
    ...splitPartitionKey(partition_key),
    session_uuid,
    coordination_uuid: target.coordination_uuid,
    coordination_name: target.coordination_name,
    version: target.version,
    plan_hash: target.plan_hash,
    task_uuid: null,
    schedule_uuid: null,
    conversation_uuid: null,
    user_id: request.user_id,
    task_query: request.task_query,
    subtask_queries_json: JSON.stringify(request.subtask_queries),
    input_json: toJsonText(request.input),
    input_files: [],
    context_json: toJsonText(request.context),
    output_json: null,
    output_ref: null,
    error_json: null,
    status: 'initial',
    iteration_count: 0,
    logs: '',
    mode: request.mode ?? (config.mode as SessionRow['mode'] | undefined) ?? 'parallel',
    max_parallel: request.max_parallel ?? (config.max_parallel as number | undefined) ?? DEFAULT_MAX_PARALLEL,
    timeout_ms: parseDuration(timeout) ?? null,
    start_at: start_at ?? null,
    workflow_id: sessionWorkflowId(partition_key, session_uuid),
    run_id: null,
    usage: { input_tokens: 0, output_tokens: 0 },
    cost_nano_usd: 0,
    metadata_json: toJsonText(request.metadata) ?? '{}',
    metadata_index: metadataIndex(request.metadata),
    tags: request.tags,
    webhook_url: null,
    trace_id: context.trace_id,
    traceparent: traceparent(),
    request_hash: contentHash({ ...request, coordination: target.coordination_uuid, version: target.version, plan_hash: target.plan_hash }),
    created_at: now,
    started_at: null,
    ended_at: null,
    updated_at: now,
  };
}

function traceparent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? null : `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** `agent_actions` as the compiler takes them; their shape was checked by the schema. */
export function overlayOf(request: Pick<StartFields, 'agent_actions'>): AgentActions | undefined {
  return request.agent_actions as AgentActions | undefined;
}
