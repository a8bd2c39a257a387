import type { z } from 'zod';
import type { Config } from '../config.ts';
import { ERRORS } from '../errors.ts';
import type { DecisionRow } from '../records/decision.ts';
import type { EventRow } from '../records/event.ts';
import type { SessionAgentRow } from '../records/session-agent.ts';
import type { SessionRunRow } from '../records/session-run.ts';
import type { SessionRow } from '../records/session.ts';
import type { DecisionView, EventView, SessionAgentView, SessionRunView, SessionSummary, SessionView } from './schemas/session.ts';
import { usd } from './usd.ts';

function parsed<T>(text: string | null): T {
  return (text === null ? null : JSON.parse(text)) as T;
}

function time(date: Date | null | undefined): string | null {
  return date?.toISOString() ?? null;
}

type Summary = z.input<typeof SessionSummary>;

interface StoredFailure {
  code: string;
  message: string;
  step?: string;
}

/** No status: it belongs to an answer over HTTP, and this is none. */
function viewFailure(failure: StoredFailure | null): Summary['error'] {
  if (failure === null) return null;
  const { code, message: detail, step } = failure;
  const [, title] = (ERRORS as Record<string, readonly [number, string]>)[code] ?? ERRORS.internal;
  return { type: `urn:ace:error:${code}`, title, code, detail, ...(step === undefined ? {} : { step }) };
}

export function summariseSession(row: SessionRow, config: Config): Summary {
  return {
    session_uuid: row.session_uuid,
    coordination_uuid: row.coordination_uuid,
    coordination_name: row.coordination_name,
    version: row.version === 0 ? null : row.version,
    plan_hash: row.plan_hash,
    partition_key: row.partition_key,
    endpoint_id: row.endpoint_id,
    part_id: row.part_id,
    task_uuid: row.task_uuid,
    schedule_uuid: row.schedule_uuid,
    conversation_uuid: row.conversation_uuid,
    user_id: row.user_id,
    task_query: row.task_query,
    status: row.status,
    iteration_count: row.iteration_count,
    mode: row.mode,
    max_parallel: row.max_parallel,
    timeout_ms: row.timeout_ms,
    start_at: time(row.start_at),
    error: viewFailure(parsed(row.error_json)),
    usage: { input_tokens: row.usage.input_tokens, output_tokens: row.usage.output_tokens },
    cost_usd: usd(row.cost_nano_usd),
    workflow_id: row.workflow_id,
    trace_id: row.trace_id,
    metadata: parsed<Summary['metadata'] | null>(row.metadata_json ?? null) ?? {},
    tags: row.tags,
    created_at: row.created_at.toISOString(),
    started_at: time(row.started_at),
    ended_at: time(row.ended_at),
    links: linksOf(row, config),
  };
}

function linksOf(row: SessionRow, { temporalUiUrl, temporalNamespace }: Config): Summary['links'] {
  const self = `/v1/sessions/${row.session_uuid}`;
  const temporal = temporalUiUrl === undefined ? null : `${temporalUiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(temporalNamespace)}/workflows/${encodeURIComponent(row.workflow_id)}`;
  return { self, stream: `${self}/stream`, page: null, temporal };
}

export function viewSession(row: SessionRow, about: { config: Config; pending: DecisionRow[] }): z.input<typeof SessionView> {
  return {
    ...summariseSession(row, about.config),
    subtask_queries: parsed(row.subtask_queries_json),
    input: parsed(row.input_json),
    input_files: row.input_files,
    context: parsed(row.context_json),
    output: parsed(row.output_json),
    output_ref: row.output_ref,
    logs: row.logs,
    pending_decisions: about.pending.map(viewDecision),
  };
}

export function viewDecision(row: DecisionRow): z.input<typeof DecisionView> {
  return {
    decision_uuid: row._id,
    session_uuid: row.session_uuid,
    session_agent_uuid: row.session_agent_uuid,
    coordination_uuid: row.coordination_uuid,
    agent_uuid: row.agent_uuid,
    kind: row.kind,
    status: row.status,
    question: row.question,
    allowed_actions: row.allowed_actions,
    input_schema: parsed(row.input_schema_json),
    default_action: row.default_action,
    expires_at: time(row.expires_at),
    action: row.action,
    input: parsed(row.input_json),
    comment: row.comment,
    answered_by: row.answered_by,
    answered_through: row.answered_through,
    answered_at: time(row.answered_at),
    created_at: row.created_at.toISOString(),
  };
}

export function viewSessionAgent(row: SessionAgentRow): z.input<typeof SessionAgentView> {
  return {
    session_agent_uuid: row._id,
    session_uuid: row.session_uuid,
    coordination_uuid: row.coordination_uuid,
    agent_uuid: row.agent_uuid,
    agent_name: row.agent_name,
    agent_type: row.agent_type,
    subtask_index: row.subtask_index,
    subtask_query: row.subtask_query,
    agent_action: parsed(row.agent_action_json),
    user_input: row.user_input,
    agent_input: row.agent_input,
    agent_input_ref: row.agent_input_ref,
    agent_output: row.agent_output,
    agent_output_ref: row.agent_output_ref,
    in_degree: row.in_degree,
    state: row.state,
    notes: row.notes,
    error: viewFailure(parsed(row.error_json)),
    thread_uuid: row.thread_uuid,
    model: row.model,
    usage: row.usage === null ? null : { input_tokens: row.usage.input_tokens, output_tokens: row.usage.output_tokens },
    cost_usd: usd(row.cost_nano_usd),
    created_at: row.created_at.toISOString(),
    started_at: time(row.started_at),
    ended_at: time(row.ended_at),
  };
}

export function viewRun(row: SessionRunRow): z.input<typeof SessionRunView> {
  const { input_tokens, output_tokens, cached_input_tokens } = row.usage;
  return {
    run_uuid: row._id,
    session_uuid: row.session_uuid,
    coordination_uuid: row.coordination_uuid,
    session_agent_uuid: row.session_agent_uuid,
    agent_uuid: row.agent_uuid,
    thread_uuid: row.thread_uuid,
    async_task_uuid: row.async_task_uuid,
    previous_run_uuid: row.previous_run_uuid,
    vendor: row.vendor,
    model: row.model,
    answered_by: row.answered_by,
    request: row.request_text,
    request_ref: row.request_ref,
    response: row.response_text,
    response_ref: row.response_ref,
    finish_reason: row.finish_reason,
    usage: { input_tokens, output_tokens, cached_input_tokens },
    cost_usd: row.cost_nano_usd === null ? null : usd(row.cost_nano_usd),
    latency_ms: row.latency_ms,
    attempt: row.attempt,
    vendor_request_id: row.vendor_request_id,
    trace_id: row.trace_id,
    created_at: row.created_at.toISOString(),
  };
}

/** An error in an event reads as that of its session and of its agent. */
function viewData(text: string): EventData {
  const data = parsed<Record<string, unknown>>(text);
  return (isFailure(data?.error) ? { ...data, error: viewFailure(data.error) } : data) as EventData;
}

type EventData = z.input<typeof EventView>['data'];

function isFailure(error: unknown): error is StoredFailure {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

export function viewEvent(row: EventRow): z.input<typeof EventView> {
  return {
    event_uuid: row._id,
    session_uuid: row.session_uuid,
    seq: row.seq,
    timestamp: row.timestamp.toISOString(),
    event_type: row.event_type,
    severity: row.severity,
    source_agent_id: row.source_agent_id,
    source_component: row.source_component,
    data: viewData(row.data_json),
    message: row.message,
    message_queue_topic: row.message_queue_topic,
  };
}
