import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

export const SESSION_STATUSES = [
  'initial', 'dispatched', 'in_progress', 'wait_for_user_input', 'paused', 'completed', 'failed', 'timeout', 'cancelled',
] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export const ENDED_SESSION_STATUSES = ['completed', 'failed', 'timeout', 'cancelled'] as const satisfies readonly SessionStatus[];
export const OPEN_SESSION_STATUSES = SESSION_STATUSES.filter((status) => !(ENDED_SESSION_STATUSES as readonly string[]).includes(status));

/** One execution of a Coordination. `*_json` fields hold JSON text; times are dates, durations milliseconds. */
export interface SessionRow {
  /** `<partition_key>/<session_uuid>`: a caller's own id must not collide with another project's. */
  _id: string;
  partition_key: string;
  endpoint_id: string;
  part_id: string;
  session_uuid: string;
  coordination_uuid: string;
  coordination_name: string;
  version: number;
  plan_hash: string;
  task_uuid: string | null;
  schedule_uuid: string | null;
  conversation_uuid: string | null;
  user_id: string | null;
  task_query: string;
  /** JSON list of `{agent_uuid, subtask_query}`. */
  subtask_queries_json: string;
  input_json: string | null;
  input_files: string[];
  context_json: string | null;
  output_json: string | null;
  output_ref: string | null;
  error_json: string | null;
  status: SessionStatus;
  iteration_count: number;
  logs: string;
  mode: 'sequential' | 'parallel';
  max_parallel: number;
  timeout_ms: number | null;
  start_at: Date | null;
  workflow_id: string;
  /** Set while it is ended from outside its workflow: until all that follows from that is written. */
  settling?: true;
  /** The workflow run that may write; another has to prove that it is the current one. */
  run_id: string | null;
  /** Number of that run's last write of progress; absent before the first. */
  progress_change?: number;
  usage: { input_tokens: number; output_tokens: number };
  cost_nano_usd: number;
  metadata_json: string;
  /** What `?metadata.<key>=` looks up. */
  metadata_index: string[];
  tags: string[];
  webhook_url: string | null;
  trace_id: string | null;
  /** W3C traceparent of the request that started it. */
  traceparent: string | null;
  /** SHA-256 of the request that started it: the same request with the same session_uuid is the same session. */
  request_hash: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  updated_at: Date;
}

const schema = new Schema<SessionRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    endpoint_id: { type: String, required: true },
    part_id: { type: String, required: true },
    session_uuid: { type: String, required: true },
    coordination_uuid: { type: String, required: true },
    coordination_name: { type: String, default: '' },
    version: { type: Number, required: true },
    plan_hash: { type: String, required: true },
    task_uuid: { type: String, default: null },
    schedule_uuid: { type: String, default: null },
    conversation_uuid: { type: String, default: null },
    user_id: { type: String, default: null },
    task_query: { type: String, default: '' },
    subtask_queries_json: { type: String, default: '[]' },
    input_json: { type: String, default: null },
    input_files: { type: [String], default: [] },
    context_json: { type: String, default: null },
    output_json: { type: String, default: null },
    output_ref: { type: String, default: null },
    error_json: { type: String, default: null },
    status: { type: String, enum: SESSION_STATUSES, required: true },
    iteration_count: { type: Number, default: 0 },
    logs: { type: String, default: '' },
    mode: { type: String, enum: ['sequential', 'parallel'], default: 'parallel' },
    max_parallel: { type: Number, required: true },
    timeout_ms: { type: Number, default: null },
    start_at: { type: Date, default: null },
    workflow_id: { type: String, required: true },
    settling: { type: Boolean },
    run_id: { type: String, default: null },
    progress_change: { type: Number },
    usage: {
      type: new Schema({ input_tokens: { type: Number, default: 0 }, output_tokens: { type: Number, default: 0 } }, { _id: false }),
      default: () => ({ input_tokens: 0, output_tokens: 0 }),
    },
    cost_nano_usd: { type: Number, default: 0 },
    metadata_json: { type: String, default: '{}' },
    metadata_index: { type: [String], default: [] },
    tags: { type: [String], default: [] },
    webhook_url: { type: String, default: null },
    trace_id: { type: String, default: null },
    traceparent: { type: String, default: null },
    request_hash: { type: String, default: null },
    created_at: { type: Date, required: true },
    started_at: { type: Date, default: null },
    ended_at: { type: Date, default: null },
    updated_at: { type: Date, required: true },
  },
  { collection: 'sessions', minimize: false, versionKey: false },
);
scoped(schema, 'Session');
schema.index({ coordination_uuid: 1, session_uuid: 1, partition_key: 1 }, { unique: true });
// Within a project `_id` sorts as `session_uuid` does.
for (const field of [[], ['status'], ['coordination_uuid'], ['task_uuid'], ['user_id'], ['metadata_index']]) {
  schema.index({ partition_key: 1, ...Object.fromEntries(field.map((name) => [name, 1 as const])), created_at: 1, _id: 1 });
}
schema.index({ status: 1, updated_at: 1 });
schema.index({ workflow_id: 1 });
schema.index({ settling: 1 }, { partialFilterExpression: { settling: true } });

export const SessionModel = mongoose.model<SessionRow>('Session', schema);

export function sessionId(partition_key: string, session_uuid: string): string {
  return `${partition_key}/${session_uuid}`;
}

/** The id of a session's workflow; records keep it, and nothing computes it a second time. */
export function sessionWorkflowId(partition_key: string, session_uuid: string): string {
  return `session/${partition_key}/${session_uuid}`;
}

export async function findSession(partition_key: string, session_uuid: string): Promise<SessionRow | null> {
  return SessionModel.findOne({ _id: sessionId(partition_key, session_uuid), partition_key }).lean<SessionRow>();
}

/** A session's status alone, for whoever asks again and again: the row may have megabytes. */
export async function sessionStatus(partition_key: string, session_uuid: string): Promise<SessionStatus | null> {
  const row = await SessionModel.findOne({ _id: sessionId(partition_key, session_uuid), partition_key }).select({ status: 1 }).lean<Pick<SessionRow, 'status'>>();
  return row?.status ?? null;
}
