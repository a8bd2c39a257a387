import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

export const SESSION_AGENT_STATES = [
  'initial', 'in_progress', 'wait_for_user_input', 'pending', 'completed', 'failed', 'skipped', 'cancelled',
] as const;
export type SessionAgentState = (typeof SESSION_AGENT_STATES)[number];

export const ENDED_AGENT_STATES = ['completed', 'failed', 'skipped', 'cancelled'] as const satisfies readonly SessionAgentState[];
export const OPEN_AGENT_STATES = SESSION_AGENT_STATES.filter((state) => !(ENDED_AGENT_STATES as readonly string[]).includes(state));

/** Texts up to this many characters stand in the record; longer ones stand in an Output, with a beginning here. */
export const INLINE_CHARACTERS = 64 * 1024;
export const EXCERPT_CHARACTERS = 4 * 1024;

/** The state of one agent with one subtask in a session. */
export interface SessionAgentRow {
  /** The session_agent_uuid. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  coordination_uuid: string;
  agent_uuid: string;
  agent_name: string;
  agent_type: string;
  /** Index of the agent's node in the Plan, and of the subtask among the agent's. */
  node: number;
  subtask_index: number;
  subtask_query: string;
  /** JSON of the agent's `agent_action`. */
  agent_action_json: string;
  user_input: string | null;
  agent_input: string | null;
  agent_input_ref: string | null;
  agent_output: string | null;
  agent_output_ref: string | null;
  in_degree: number;
  state: SessionAgentState;
  notes: string;
  error_json: string | null;
  thread_uuid: string;
  /** The SessionAgent whose thread this one continues. */
  continues_uuid: string | null;
  /** The pinned agent, by content. */
  snapshot_hash: string;
  /** Fences: only the workflow run and the attempt of its activity that opened the step may end it. */
  run_id: string | null;
  fence: string | null;
  model: string | null;
  /** The call that gave its output, once there is one; who continues its thread sees what leads to that. */
  last_run_uuid?: string;
  usage: { input_tokens: number; output_tokens: number } | null;
  cost_nano_usd: number;
  /** Absent until the first start, so that `$min` keeps the first. */
  started_at?: Date;
  ended_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const schema = new Schema<SessionAgentRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    coordination_uuid: { type: String, required: true },
    agent_uuid: { type: String, required: true },
    agent_name: { type: String, required: true },
    agent_type: { type: String, required: true },
    node: { type: Number, required: true },
    subtask_index: { type: Number, required: true },
    subtask_query: { type: String, default: '' },
    agent_action_json: { type: String, required: true },
    user_input: { type: String, default: null },
    agent_input: { type: String, default: null },
    agent_input_ref: { type: String, default: null },
    agent_output: { type: String, default: null },
    agent_output_ref: { type: String, default: null },
    in_degree: { type: Number, required: true },
    state: { type: String, enum: SESSION_AGENT_STATES, required: true },
    notes: { type: String, default: '' },
    error_json: { type: String, default: null },
    thread_uuid: { type: String, required: true },
    continues_uuid: { type: String, default: null },
    snapshot_hash: { type: String, required: true },
    run_id: { type: String, default: null },
    fence: { type: String, default: null },
    model: { type: String, default: null },
    last_run_uuid: { type: String },
    usage: { type: new Schema({ input_tokens: Number, output_tokens: Number }, { _id: false }), default: null },
    cost_nano_usd: { type: Number, default: 0 },
    started_at: { type: Date },
    ended_at: { type: Date, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'session_agents', versionKey: false },
);
scoped(schema, 'SessionAgent');
schema.index({ partition_key: 1, session_uuid: 1, node: 1, subtask_index: 1 }, { unique: true });
schema.index({ partition_key: 1, agent_uuid: 1, state: 1 });

export const SessionAgentModel = mongoose.model<SessionAgentRow>('SessionAgent', schema);
