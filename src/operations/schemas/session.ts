import { z } from 'zod';
import { DECISION_ACTIONS } from '../../plan/plan.ts';
import { DECISION_STATUSES } from '../../records/decision.ts';
import { EVENT_SEVERITIES, EVENT_TYPES } from '../../records/event-types.ts';
import type { EventType } from '../../records/event-types.ts';
import { SESSION_AGENT_STATES } from '../../records/session-agent.ts';
import { SESSION_STATUSES } from '../../records/session.ts';
import { AgentActions, SESSION_MODES, SessionTimeout } from './coordination.ts';
import { Duration, GivenTime, Json, LongText, Metadata, Tags, Time, Uuid, WaitDuration } from './scalars.ts';

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
  input: Json.optional().describe('Stored and shown; no agent sees it yet. What the agents are to know belongs in `task_query`.'),
  context: z.record(z.string().max(255), Json).optional().describe('Stored and shown; no agent sees it yet.'),
  user_id: z.string().min(1).max(255).nullable().default(null),
  session_uuid: Uuid.optional().describe('The caller\'s own id; the same request with it again is the same session.'),
  mode: z.enum(SESSION_MODES).optional().describe('`sequential` runs one agent at a time.'),
  max_parallel: z.int().min(1).max(500).optional().describe('How many agents may run at once; 100 where neither this nor the coordination says.'),
  timeout: SessionTimeout.nullable().optional(),
  start_at: GivenTime.optional().describe('Start then; at most a year ahead.'),
  metadata: Metadata.default({}),
  tags: Tags.default([]),
};

export const Wait = WaitDuration.optional().describe('Answer when the session ends or waits for a person, at the latest after this time (at most 60s). Right after an answer by signal it may answer at once: the question counts as open until the session has read the signal.');

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
  input_schema: z.record(z.string(), Json).nullable(),
  default_action: z.enum(DECISION_ACTIONS).nullable(),
  expires_at: Time.nullable(),
  action: z.enum(DECISION_ACTIONS).nullable(),
  input: Json,
  comment: z.string().nullable(),
  answered_by: z.string().nullable(),
  answered_through: z.enum(['api', 'signal', 'expiry']).nullable().describe('Who answered through `signal` is not verified.'),
  answered_at: Time.nullable(),
  created_at: Time,
}).meta({ id: 'Decision' });

const Usage = z.strictObject({ input_tokens: z.int(), output_tokens: z.int() });
/** A problem as in a problem document, without what belongs to a request and its answer. */
const Failure = z.strictObject({
  type: z.string().describe('`urn:ace:error:` and the code.'),
  title: z.string().describe('The same for every failure with this code.'),
  code: z.string().describe('One of the error codes.'),
  detail: z.string().describe('What happened here.'),
  step: z.string().optional().describe('In a session: the agent that failed first.'),
}).describe('Why a session or one of its agents failed: the members of a problem document that do not belong to a request.').meta({ id: 'Failure' });
const Usd = z.string().describe('US dollars as a decimal string.');

const SESSION_FIELDS = {
  session_uuid: Uuid,
  coordination_uuid: Uuid.describe('The session\'s own uuid for a one-off definition.'),
  coordination_name: z.string(),
  version: z.int().nullable().describe('Null for a one-off definition.'),
  plan_hash: z.string().describe('The plan that it carries out.'),
  partition_key: z.string(),
  endpoint_id: z.string(),
  part_id: z.string(),
  task_uuid: Uuid.nullable().describe('The task that it carries out; null until there are tasks.'),
  schedule_uuid: Uuid.nullable().describe('The schedule that started it; null until there are schedules.'),
  conversation_uuid: Uuid.nullable().describe('The conversation that it belongs to; null until there are conversations.'),
  user_id: z.string().nullable(),
  task_query: z.string(),
  status: z.enum(SESSION_STATUSES),
  iteration_count: z.int().describe('How often it started agents or asked people; those that start together count once.'),
  mode: z.enum(SESSION_MODES),
  max_parallel: z.int(),
  timeout_ms: z.int().nullable().describe('Its `timeout`. It does not run while the session waits for a person or is paused.'),
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
  links: z.strictObject({
    self: z.string(),
    stream: z.string(),
    page: z.string().nullable(),
    temporal: z.string().nullable(),
  }).describe('`temporal`: the workflow in the Temporal Web UI, null where no address of one is known. `page`: null until there is a dashboard.'),
};

export const SessionSummary = z.strictObject(SESSION_FIELDS).meta({ id: 'SessionSummary' });

export const SessionView = z.strictObject({
  ...SESSION_FIELDS,
  subtask_queries: z.array(SubtaskQuery),
  input: Json.describe('As the start gave it; no agent sees it yet.'),
  input_files: z.array(z.string()).describe('Empty until files can be given to a session.'),
  context: Json.describe('As the start gave it; no agent sees it yet.'),
  output: Json.describe('Null until it completed, and where it is too long to stand here (more than 65,536 characters as JSON): then `output_ref` names it. Of outputs of several agents that are over 15 MB together, those from the first that no longer fits stand as `{session_agent_uuid, output_ref}`.'),
  output_ref: Uuid.nullable().describe('The output whose content is the whole output as JSON text.'),
  logs: z.string().describe('Empty: nothing is written here yet. What happened is in the events.'),
  pending_decisions: z.array(DecisionView),
}).meta({ id: 'Session' });

export const SessionAgentView = z.strictObject({
  session_agent_uuid: Uuid,
  session_uuid: Uuid,
  coordination_uuid: Uuid,
  agent_uuid: Uuid,
  agent_name: z.string(),
  agent_type: z.string(),
  subtask_index: z.int().describe('Counts the subtasks of one agent, from 0.'),
  subtask_query: z.string(),
  agent_action: Json.describe('What the plan says of it: predecessors, primary path, whether a person is asked.'),
  user_input: z.string().nullable().describe('What a person said, before or after it ran.'),
  agent_input: z.string().nullable().describe('The message that it was sent.'),
  agent_input_ref: Uuid.nullable().describe('The output that holds the whole text where only its beginning stands here.'),
  agent_output: z.string().nullable(),
  agent_output_ref: Uuid.nullable().describe('The same for `agent_output`.'),
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
  async_task_uuid: Uuid.nullable().describe('The asynchronous task that it belongs to; null until there are such tasks.'),
  previous_run_uuid: Uuid.nullable().describe('The run before it in the same thread.'),
  vendor: z.string(),
  model: z.string(),
  answered_by: z.string().describe('The model that says it answered.'),
  request: z.string().nullable(),
  request_ref: Uuid.nullable().describe('The output that holds the whole request where only its beginning stands here.'),
  response: z.string().nullable(),
  response_ref: Uuid.nullable().describe('The same for `response`.'),
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
  source_agent_id: z.string().nullable().describe('The uuid of the agent that it is about.'),
  source_component: z.string().describe('The part of the engine that wrote it.'),
  data: Json.describe('Its facts. An `error` in it has the fields of a Failure.'),
  message: z.string(),
  message_queue_topic: z.string().nullable().describe('Null until events go to a message queue.'),
}).meta({ id: 'Event' });

export const TextChunkView = z.strictObject({
  session_agent_uuid: Uuid,
  attempt: z.int(),
  text: z.string(),
}).meta({ id: 'TextChunk' });
