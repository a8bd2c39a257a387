import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

/** One model call that was answered. Written once, never changed: the first response stored is the one that counts. */
export interface SessionRunRow {
  /** The run_uuid, derived from `call_key` and `request_hash`: a second writer of the same call meets the first one's row. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  coordination_uuid: string;
  session_agent_uuid: string;
  agent_uuid: string;
  thread_uuid: string;
  async_task_uuid: string | null;
  /** `<session_agent_uuid>/<iteration>/<turn>/<repair>`; never the attempt. */
  call_key: string;
  /** The run before it in the thread, as this agent sees the thread. */
  previous_run_uuid: string | null;
  vendor: string;
  /** The model that was asked, and the one that says it answered. */
  model: string;
  answered_by: string;
  /** SHA-256 of the whole request. */
  request_hash: string;
  /** The new message of this call; what stands before it is in the thread. */
  request_text: string | null;
  request_ref: string | null;
  response_text: string | null;
  response_ref: string | null;
  finish_reason: string;
  usage: { input_tokens: number; output_tokens: number; cached_input_tokens: number };
  /** Null where the price is not known. */
  cost_nano_usd: number | null;
  latency_ms: number;
  attempt: number;
  vendor_request_id: string | null;
  trace_id: string | null;
  created_at: Date;
}

const schema = new Schema<SessionRunRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    coordination_uuid: { type: String, required: true },
    session_agent_uuid: { type: String, required: true },
    agent_uuid: { type: String, required: true },
    thread_uuid: { type: String, required: true },
    async_task_uuid: { type: String, default: null },
    call_key: { type: String, required: true },
    previous_run_uuid: { type: String, default: null },
    vendor: { type: String, required: true },
    model: { type: String, required: true },
    answered_by: { type: String, required: true },
    request_hash: { type: String, required: true },
    request_text: { type: String, default: null },
    request_ref: { type: String, default: null },
    response_text: { type: String, default: null },
    response_ref: { type: String, default: null },
    finish_reason: { type: String, required: true },
    usage: {
      type: new Schema({ input_tokens: Number, output_tokens: Number, cached_input_tokens: Number }, { _id: false }),
      required: true,
    },
    cost_nano_usd: { type: Number, default: null },
    latency_ms: { type: Number, required: true },
    attempt: { type: Number, required: true },
    vendor_request_id: { type: String, default: null },
    trace_id: { type: String, default: null },
    created_at: { type: Date, required: true },
  },
  { collection: 'session_runs', versionKey: false },
);
scoped(schema, 'SessionRun');
schema.index({ partition_key: 1, session_uuid: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, thread_uuid: 1, created_at: 1 });
schema.index({ partition_key: 1, session_agent_uuid: 1, created_at: 1 });

export const SessionRunModel = mongoose.model<SessionRunRow>('SessionRun', schema);
