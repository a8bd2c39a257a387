import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { AGENT_TYPES } from '../plan/plan.ts';
import { AGENT_STATES, findAgent, findAgentByName, insertAgent, listAgents, updateAgent } from '../records/agent.ts';
import type { Agent, AgentFields } from '../records/agent.ts';
import { deleteAgentUnlessNamed } from '../records/delete-agent.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { checkModel } from './check-model.ts';
import { checkScript } from './check-script.ts';
import type { OperationContext } from './context.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { AGENT_CHANGE_FIELDS, AGENT_ROLES, AgentView, NEW_AGENT_FIELDS } from './schemas/agent.ts';
import { FILTER_FIELDS, LIST_FIELDS, metadataEntries, pageRequest } from './schemas/list.ts';
import { Name, Nothing, pageOf, PathUuid } from './schemas/scalars.ts';
import { unlessTaken } from './unless-taken.ts';

function view(agent: Agent): z.input<typeof AgentView> {
  const { partition_key, ...fields } = agent;
  return { ...fields, created_at: agent.created_at.toISOString(), updated_at: agent.updated_at.toISOString() } as z.input<typeof AgentView>;
}

const createAgent = operation({
  name: 'agents.create',
  method: 'POST',
  path: '/agents',
  summary: 'Register an agent',
  permission: 'agents:write',
  input: z.strictObject({ agent_name: Name, ...NEW_AGENT_FIELDS }),
  output: AgentView,
  status: 201,
  idempotent: true,
  meta_tool: { name: 'create_role' },
  async run(context, input) {
    check(input);
    return view(await register(context, input));
  },
});

/** What a schema cannot say. Errors: `agent.unknown_model`, `request.invalid`. */
function check({ model, config }: { model?: string | null | undefined; config?: unknown }): void {
  if (typeof model === 'string') checkModel(model, 'model');
  if (config !== undefined) checkScript(config);
}

async function register(context: OperationContext, fields: AgentFields): Promise<Agent> {
  const { partition_key } = context.project;
  const made = await insertAgent(partition_key, context.resource_uuid, fields);
  const agent = made ?? await findAgent(partition_key, context.resource_uuid);
  if (!agent) throw nameTaken();
  context.acted();
  return agent;
}

function nameTaken(): EngineError {
  return new EngineError('resource.exists', 'An agent of that name exists in this project; choose another name, or use PUT /v1/agents/by-name/{name}.', {
    errors: [{ path: 'agent_name', message: 'Taken; choose another name.' }],
  });
}

const listAllAgents = operation({
  name: 'agents.list',
  method: 'GET',
  path: '/agents',
  summary: 'List the agents',
  permission: 'agents:read',
  input: z.strictObject({
    ...LIST_FIELDS,
    ...FILTER_FIELDS,
    status: z.enum(AGENT_STATES).optional().describe('Only those in this state.'),
    agent_type: z.enum(AGENT_TYPES).optional(),
    role: z.enum(AGENT_ROLES).optional(),
    tag: z.string().min(1).max(100).optional(),
    capability: z.string().min(1).max(255).optional(),
    agent_name: Name.optional().describe('Only the one of exactly this name.'),
  }),
  output: pageOf(AgentView),
  meta_tool: { name: 'list_roles' },
  async run(context, input) {
    const { status: state, agent_type, role, tag, capability, agent_name, created_after } = input;
    const filter = { state, agent_type, role, tag, capability, agent_name, created_after, metadata: metadataEntries(input.metadata) };
    const page = await listAgents(context.project.partition_key, filter, pageRequest(input));
    return { data: page.rows.map(view), next: page.next };
  },
});

const getAgent = operation({
  name: 'agents.get',
  method: 'GET',
  path: '/agents/:agent_uuid',
  summary: 'Read an agent',
  permission: 'agents:read',
  input: z.strictObject({ agent_uuid: PathUuid }),
  output: AgentView,
  async run(context, { agent_uuid }) {
    const agent = await findAgent(context.project.partition_key, agent_uuid);
    if (!agent) throw missing(agent_uuid);
    return view(agent);
  },
});

const getAgentByName = operation({
  name: 'agents.by_name',
  method: 'GET',
  path: '/agents/by-name/:agent_name',
  summary: 'Read the agent of this name',
  permission: 'agents:read',
  input: z.strictObject({ agent_name: Name }),
  output: AgentView,
  async run(context, { agent_name }) {
    const agent = await findAgentByName(context.project.partition_key, agent_name);
    if (!agent) throw notFound('agent', 'agent_name', 'GET /v1/agents');
    return view(agent);
  },
});

const changeAgent = operation({
  name: 'agents.update',
  method: 'PATCH',
  path: '/agents/:agent_uuid',
  summary: 'Change fields of an agent; sessions that run keep what they started with',
  permission: 'agents:write',
  input: z.strictObject({
    agent_uuid: PathUuid,
    ...AGENT_CHANGE_FIELDS,
    version: z.int().min(1).optional().describe('Change it only while it has this version.'),
  }),
  output: AgentView,
  meta_tool: { name: 'update_role' },
  async run(context, { agent_uuid, version, ...fields }) {
    check(fields);
    return view(await change(context, { agent_uuid, expected_version: version }, fields as Partial<AgentFields>));
  },
});

async function change(context: OperationContext, which: { agent_uuid: string; expected_version?: number | undefined }, fields: Partial<AgentFields>): Promise<Agent> {
  const changed = await updateAgent({ partition_key: context.project.partition_key, ...which }, fields);
  if (changed.kind === 'missing') throw missing(which.agent_uuid);
  if (changed.kind === 'name_taken') throw nameTaken();
  if (changed.kind === 'outdated') {
    throw new EngineError('resource.conflict', 'The agent has another version by now; read it again and repeat the change.', { errors: [{ path: 'version', message: 'Outdated; read the agent again.' }] });
  }
  context.acted();
  return changed.agent;
}

const putAgentByName = operation({
  name: 'agents.apply',
  method: 'PUT',
  path: '/agents/by-name/:agent_name',
  summary: 'Make the agent of this name what the body says: register it, replace its fields, or leave it where nothing differs',
  permission: 'agents:write',
  input: z.strictObject({ agent_name: Name, ...NEW_AGENT_FIELDS }),
  output: AgentView,
  other_statuses: [201],
  idempotent: true,
  async run(context, input) {
    check(input);
    const find = () => findAgentByName(context.project.partition_key, input.agent_name);
    const found = await find();
    const made = found ? undefined : await unlessTaken(() => register(context, input));
    if (made) {
      context.reply.status = 201;
      return view(made);
    }
    const known = found ?? await find();
    if (!known) throw nameTaken();
    const { agent_uuid, partition_key, state, version, created_at, updated_at, ...fields } = known;
    if (canonicalJson(fields) === canonicalJson(input)) return view(known);
    return view(await change(context, { agent_uuid, expected_version: version }, input));
  },
});

const deleteAgent = operation({
  name: 'agents.delete',
  method: 'DELETE',
  path: '/agents/:agent_uuid',
  summary: 'Delete an agent that no published coordination names',
  permission: 'agents:write',
  input: z.strictObject({ agent_uuid: PathUuid }),
  output: Nothing,
  status: 204,
  meta_tool: { name: 'delete_role' },
  async run(context, { agent_uuid }) {
    const result = await deleteAgentUnlessNamed(context.project.partition_key, agent_uuid);
    if (result.kind === 'missing') throw missing(agent_uuid);
    if (result.kind === 'named') {
      const names = result.by.map((coordination) => coordination.coordination_name).join(', ');
      throw new EngineError('resource.referenced', `Published coordinations name this agent (${names}); delete these first.`, { extra: { referenced_by: result.by } });
    }
    return null;
  },
});

function missing(agent_uuid: string): EngineError {
  return notFound('agent', 'agent_uuid', 'GET /v1/agents', { given: agent_uuid, by_name: 'GET /v1/agents/by-name/{agent_name}' });
}

export const AGENT_OPERATIONS = [createAgent, listAllAgents, getAgent, changeAgent, deleteAgent, getAgentByName, putAgentByName];
