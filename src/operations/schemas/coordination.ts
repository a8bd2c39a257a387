import { z } from 'zod';
import { DECISION_ACTIONS } from '../../plan/plan.ts';
import { COORDINATION_STATES } from '../../records/coordination.ts';
import { OVERRIDE_FIELDS } from './agent.ts';
import { Duration, JsonObject, JsonSchema, LongText, Metadata, Name, Tags, Time, Uuid } from './scalars.ts';

const AgentReference = z.string().min(1).max(255);

export const AgentEntry = z.strictObject({
  agent_uuid: Uuid.optional(),
  agent_name: AgentReference.optional(),
  ...z.object(OVERRIDE_FIELDS).partial().shape,
}).describe('One registered agent by exactly one of its uuid and its name; the other fields replace the agent\'s own.').meta({ id: 'AgentEntry' });

const UserInTheLoop = z.strictObject({
  when: z.enum(['before', 'after']).optional(),
  question: LongText.nullable().optional(),
  actions: z.array(z.enum(DECISION_ACTIONS)).min(1).max(DECISION_ACTIONS.length).optional(),
  input_schema: JsonSchema.nullable().optional(),
  expires_in: Duration.nullable().optional(),
  default_action: z.enum(DECISION_ACTIONS).nullable().optional(),
});

export const AgentAction = z.strictObject({
  predecessors: z.array(AgentReference).max(10_000).optional().describe('Agents that it waits for and whose outputs it reads, by uuid or name.'),
  primary_path: z.boolean().optional().describe('Continues the thread of its first predecessor.'),
  user_in_the_loop: z.union([z.boolean(), z.enum(['before', 'after']), UserInTheLoop]).nullable().optional()
    .describe('Whether a person is asked, before it runs or after; `true` means after.'),
  action_function: z.union([z.strictObject({ tool: z.string().min(1).max(255) }), z.strictObject({ url: z.string().min(1).max(2_048) })]).nullable().optional()
    .describe('`{"tool"}` or `{"url"}`. Checked and stored; a session does not act on it yet.'),
}).meta({ id: 'AgentAction' });

export const AgentActions = z.record(AgentReference, AgentAction).describe('By the uuid or the name of an agent in `agents`.');

export const SESSION_MODES = ['sequential', 'parallel'] as const;

export const SessionTimeout = Duration.describe('Longest time of the session. It does not run while the session waits for a person or is paused.');

/** What a session takes where its own request does not say. */
const CoordinationConfig = z.strictObject({
  mode: z.enum(SESSION_MODES).optional(),
  max_parallel: z.int().min(1).max(500).optional(),
  timeout: SessionTimeout.nullable().optional(),
});

/** How many agents there may be is for the compiler to say, together with everything else that is wrong. */
export const CONTENT_FIELDS = {
  coordination_description: LongText.nullable(),
  agents: z.array(AgentEntry),
  agent_actions: AgentActions,
  config: CoordinationConfig,
};

export const NEW_CONTENT_FIELDS = {
  coordination_description: CONTENT_FIELDS.coordination_description.default(null),
  agents: CONTENT_FIELDS.agents.default([]),
  agent_actions: CONTENT_FIELDS.agent_actions.default({}),
  config: CONTENT_FIELDS.config.default({}),
};

export const NEW_LABEL_FIELDS = {
  tags: Tags.default([]),
  metadata: Metadata.default({}),
  active: z.boolean().default(true).describe('False: no new sessions, and schedules skip.'),
};

export const CHANGE_FIELDS = z.object({
  coordination_name: Name,
  ...CONTENT_FIELDS,
  tags: Tags,
  metadata: Metadata,
  active: z.boolean(),
}).partial().shape;

export const Note = z.string().max(10_000).nullable();

/** A definition as it was taken in; what it may hold is said where it comes in. */
const STORED_CONTENT = {
  coordination_description: z.string().nullable(),
  agents: z.array(JsonObject),
  agent_actions: JsonObject,
  config: JsonObject,
};
const StoredContent = z.strictObject(STORED_CONTENT);

export const ProblemView = z.strictObject({ path: z.string(), code: z.string().optional(), message: z.string() }).meta({ id: 'DefinitionProblem' });

const SUMMARY_FIELDS = {
  coordination_uuid: Uuid,
  coordination_name: z.string(),
  coordination_description: z.string().nullable(),
  endpoint_id: z.string(),
  part_id: z.string(),
  agent_count: z.int(),
  tags: Tags,
  metadata: Metadata,
  active: z.boolean(),
  state: z.enum(COORDINATION_STATES),
  version: z.int().nullable().describe('The published version; null until the first publication.'),
  content_hash: z.string().nullable().describe('SHA-256 of what the published version says.'),
  plan_hash: z.string().nullable().describe('SHA-256 of what it compiles to.'),
  has_draft: z.boolean(),
  created_at: Time,
  updated_at: Time,
};

export const CoordinationSummary = z.strictObject(SUMMARY_FIELDS).meta({ id: 'CoordinationSummary' });

export const CoordinationView = z.strictObject({
  ...SUMMARY_FIELDS,
  ...STORED_CONTENT,
  draft: StoredContent.nullable().describe('Content that waits for its publication.'),
  problems: z.array(ProblemView).describe('What is wrong with the draft.'),
}).meta({ id: 'Coordination' });

const VERSION_FIELDS = {
  coordination_uuid: Uuid,
  version: z.int(),
  content_hash: z.string(),
  plan_hash: z.string(),
  author: z.string(),
  note: z.string().nullable(),
  created_at: Time,
};

export const VersionSummary = z.strictObject(VERSION_FIELDS).meta({ id: 'CoordinationVersionSummary' });
export const VersionView = z.strictObject({ ...VERSION_FIELDS, definition: StoredContent }).meta({ id: 'CoordinationVersion' });
