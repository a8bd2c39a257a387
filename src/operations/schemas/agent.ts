import { z } from 'zod';
import { AGENT_TYPES } from '../../plan/plan.ts';
import { AGENT_STATES } from '../../records/agent.ts';
import { Duration, JsonObject, JsonSchema, LongText, Metadata, ModelName, Name, Tags, Time, Uuid } from './scalars.ts';

export const AGENT_ROLES = ['worker', 'supervisor', 'reviewer'] as const;

const NOT_YET = 'Stored; a session does not act on it yet.';

/** Fields of an agent that a coordination may replace for itself. */
export const OVERRIDE_FIELDS = {
  role: z.enum(AGENT_ROLES).describe(NOT_YET),
  instructions: LongText.describe('The system prompt.'),
  model: ModelName.nullable().describe('`vendor/model`; null takes the default of the project.'),
  output_schema: JsonSchema.nullable().describe('JSON Schema that the answer must fit.'),
  tools: z.array(z.string().min(1).max(255)).max(100).describe(`Names of tools. ${NOT_YET}`),
  capabilities: z.array(z.string().min(1).max(255)).max(100).describe(`What it is good at. ${NOT_YET}`),
  config: JsonObject.describe('What only one model vendor reads; for `scripted`, the script.'),
  max_output_tokens: z.int().min(1).max(1_000_000).nullable().describe('Longest answer; null leaves it to the vendor.'),
  temperature: z.number().min(0).max(2).nullable(),
  max_retries: z.int().min(0).max(100).nullable().describe(NOT_YET),
  timeout: Duration.nullable().describe(`Longest time of one step: 30s, 5m, 1h, PT10M, or milliseconds. ${NOT_YET}`),
};

const OWN_FIELDS = {
  agent_type: z.enum(AGENT_TYPES).describe('`planning` and `decompose` divide the work among the others; the rest work.'),
  domain: z.string().max(255).nullable().describe(NOT_YET),
  metadata: Metadata,
  tags: Tags,
};

/** Every field with its default, for an agent that is made. */
export const NEW_AGENT_FIELDS = {
  agent_type: OWN_FIELDS.agent_type.default('task'),
  role: OVERRIDE_FIELDS.role.default('worker'),
  instructions: OVERRIDE_FIELDS.instructions.default(''),
  model: OVERRIDE_FIELDS.model.default(null),
  output_schema: OVERRIDE_FIELDS.output_schema.default(null),
  tools: OVERRIDE_FIELDS.tools.default([]),
  capabilities: OVERRIDE_FIELDS.capabilities.default([]),
  config: OVERRIDE_FIELDS.config.default({}),
  domain: OWN_FIELDS.domain.default(null),
  max_output_tokens: OVERRIDE_FIELDS.max_output_tokens.default(null),
  temperature: OVERRIDE_FIELDS.temperature.default(null),
  max_retries: OVERRIDE_FIELDS.max_retries.default(null),
  timeout: OVERRIDE_FIELDS.timeout.default(null),
  metadata: OWN_FIELDS.metadata.default({}),
  tags: OWN_FIELDS.tags.default([]),
};

/** The same fields, all optional and without defaults, for a change. */
export const AGENT_CHANGE_FIELDS = z.object({ agent_name: Name, ...OVERRIDE_FIELDS, ...OWN_FIELDS }).partial().shape;

export const AgentView = z.strictObject({
  agent_uuid: Uuid,
  agent_name: z.string(),
  ...OVERRIDE_FIELDS,
  ...OWN_FIELDS,
  state: z.enum(AGENT_STATES).describe('`idle`: nothing sets another one yet.'),
  version: z.int().describe('Counts the changes, from 1.'),
  created_at: Time,
  updated_at: Time,
}).meta({ id: 'Agent' });
