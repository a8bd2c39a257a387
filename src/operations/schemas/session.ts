import { z } from 'zod';
import { DECISION_ACTIONS } from '../../plan/plan.ts';
import { DECISION_STATUSES } from '../../records/decision.ts';
import { EVENT_SEVERITIES, EVENT_TYPES } from '../../records/event-types.ts';
import type { EventType } from '../../records/event-types.ts';
import { SESSION_AGENT_STATES } from '../../records/session-agent.ts';
import { SESSION_STATUSES } from '../../records/session.ts';
import { AgentActions, SESSION_MODES } from './coordination.ts';
import { Duration, GivenTime, LongText, Metadata, Tags, Time, Uuid } from './scalars.ts';

const SubtaskQuery = z.strictObject({
  agent_uuid: Uuid.optional(),
  agent_name: z.string().min(1).max(255).optional(),
  subtask_query: LongText,
}).meta({ id: 'SubtaskQuery' });

/** What a start says besides what is started. */
export const START_FIELDS = {
  task_query: LongText.default('').describe('The request. As JSON text, its keys fill `{name}` in subtask queries.'),
  subtask_queries: z.array(SubtaskQuery).max(10_000).default([]),
  agent_actions: AgentActions.optional().describe('Laid field by field over the coordination\'s own.'),
  input: z.json().optional(),
  context: z.record(z.string().max(255), z.json()).optional(),
  user_id: z.string().min(1).max(255).nullable().default(null),
  session_uuid: Uuid.optional().describe('The caller\'s own id; the same request with it again is the same session.'),
  mode: z.enum(SESSION_MODES).optional(),
  max_parallel: z.int().min(1).max(500).optional(),
  timeout: Duration.nullable().optional(),
  start_at: GivenTime.optional().describe('Start then; at most a year ahead.'),
  metadata: Metadata.default({}),
  tags: Tags.default([]),
};

export const Wait = Duration.optional().describe('Answer when the session ends or waits for a person, at the latest after this time (at most 60s).');

export const DecisionView = z.strictObject({
  decision_uuid: Uuid,
  session_uuid: Uuid,
  session_agent_uuid: Uuid,
  coordination_uuid: Uuid,
  agent_uuid: Uuid,
  kind: z.enum(['input', 'approval']),
  status: z.enum(DECISION_STATUSES),
  question: z.string(),
  allowed_actions: z.array(z.enum(DECISION_ACTIONS)),
  input_schema: z.record(z.string(), z.json()).nullable(),
  default_action: z.enum(DECISION_ACTIONS).nullable(),
  expires_at: Time.nullable(),
  action: z.enum(DECISION_ACTIONS).nullable(),
  input: z.json(),
  comment: z.string().nullable(),
  answered_by: z.string().nullable(),
  answered_through: z.enum(['api', 'signal', 'expiry']).nullable().describe('Who answered through `signal` is not verified.'),
  answered_at: Time.nullable(),
  created_at: Time,
}).meta({ id: 'Decision' });

const Usage = z.strictObject({ input_tokens: z.int(), output_tokens: z.int() });
/** A problem as in a problem document, without what belongs to a request. */
const Failure = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  step: z.string().optional().describe('The agent that failed first.'),
}).meta({ id: 'Failure' });
const Usd = z.string().describe('US dollars as a decimal string.');

const SESSION_FIELDS = {
  session_uuid: Uuid,
  coordination_uuid: Uuid.describe('The session\'s own uuid for a one-off definition.'),
  coordination_name: z.string(),
  version: z.int().nullable().describe('Null for a one-off definition.'),
  plan_hash: z.string(),
  partition_key: z.string(),
  endpoint_id: z.string(),
  part_id: z.string(),
  task_uuid: Uuid.nullable(),
  schedule_uuid: Uuid.nullable(),
  conversation_uuid: Uuid.nullable(),
  user_id: z.string().nullable(),
  task_query: z.string(),
  status: z.enum(SESSION_STATUSES),
  iteration_count: z.int(),
  mode: z.enum(SESSION_MODES),
  max_parallel: z.int(),
  timeout_ms: z.int().nullable(),
  start_at: Time.nullable(),
  error: Failure.nullable(),
  usage: Usage,
  cost_usd: Usd,
  workflow_id: z.string(),
  trace_id: z.string().nullable(),
  metadata: Metadata,
  tags: Tags,
  created_at: Time,
  started_at: Time.nullable(),
  ended_at: Time.nullable(),
  links: z.strictObject({ self: z.string(), stream: z.string(), page: z.string().nullable(), temporal: z.string().nullable() }),
};

export const SessionSummary = z.strictObject(SESSION_FIELDS).meta({ id: 'SessionSummary' });

export const SessionView = z.strictObject({
  ...SESSION_FIELDS,
  subtask_queries: z.array(SubtaskQuery),
  input: z.json(),
  input_files: z.array(z.string()),
  context: z.json(),
  output: z.json().describe('Null until it completed; `output_ref` names one that is too long to stand here.'),
  output_ref: Uuid.nullable(),
  logs: z.string(),
  pending_decisions: z.array(DecisionView),
}).meta({ id: 'Session' });

export const SessionAgentView = z.strictObject({
  session_agent_uuid: Uuid,
  session_uuid: Uuid,
  coordination_uuid: Uuid,
  agent_uuid: Uuid,
  agent_name: z.string(),
  agent_type: z.string(),
  subtask_index: z.int(),
  subtask_query: z.string(),
  agent_action: z.json(),
  user_input: z.string().nullable(),
  agent_input: z.string().nullable(),
  agent_input_ref: Uuid.nullable().describe('The output that holds the whole text where only its beginning stands here.'),
  agent_output: z.string().nullable(),
  agent_output_ref: Uuid.nullable(),
  in_degree: z.int().describe('How many predecessors it has, counted by instance.'),
  state: z.enum(SESSION_AGENT_STATES),
  notes: z.string().describe('Why it is in its state.'),
  error: Failure.nullable(),
  thread_uuid: Uuid,
  model: z.string().nullable(),
  usage: Usage.nullable(),
  cost_usd: Usd,
  created_at: Time,
  started_at: Time.nullable(),
  ended_at: Time.nullable(),
}).meta({ id: 'SessionAgent' });

export const SessionRunView = z.strictObject({
  run_uuid: Uuid,
  session_uuid: Uuid,
  coordination_uuid: Uuid,
  session_agent_uuid: Uuid,
  agent_uuid: Uuid,
  thread_uuid: Uuid,
  async_task_uuid: Uuid.nullable(),
  previous_run_uuid: Uuid.nullable(),
  vendor: z.string(),
  model: z.string(),
  answered_by: z.string().describe('The model that says it answered.'),
  request: z.string().nullable(),
  request_ref: Uuid.nullable(),
  response: z.string().nullable(),
  response_ref: Uuid.nullable(),
  finish_reason: z.string(),
  usage: z.strictObject({ input_tokens: z.int(), output_tokens: z.int(), cached_input_tokens: z.int() }),
  cost_usd: Usd.nullable().describe('Null where the price is not known.'),
  latency_ms: z.number(),
  attempt: z.int(),
  vendor_request_id: z.string().nullable(),
  trace_id: z.string().nullable(),
  created_at: Time,
}).meta({ id: 'SessionRun' });

export const EventTypeName = z.enum(Object.keys(EVENT_TYPES) as [EventType, ...EventType[]]);

export const EventView = z.strictObject({
  event_uuid: Uuid,
  session_uuid: Uuid,
  seq: z.int().describe('From 1, without a gap.'),
  timestamp: Time,
  event_type: EventTypeName,
  severity: z.enum(EVENT_SEVERITIES),
  source_agent_id: z.string().nullable(),
  source_component: z.string(),
  data: z.json(),
  message: z.string(),
  message_queue_topic: z.string().nullable(),
}).meta({ id: 'Event' });

export const TextChunkView = z.strictObject({
  session_agent_uuid: Uuid,
  attempt: z.int(),
  text: z.string(),
}).meta({ id: 'TextChunk' });
