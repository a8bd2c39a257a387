import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { AGENT_TYPES } from '../plan/plan.ts';
import type { AgentType } from '../plan/plan.ts';
import type { AgentActions, CoordinationDefinition, KnownAgent } from '../plan/definition.ts';
import { findAgentFacts } from '../records/agent.ts';
import { deriveUuid } from '../records/derive-uuid.ts';
import { hashOfPlan } from '../records/plan.ts';
import { compileOrRefuse, definitionInvalid } from './compile-definition.ts';
import { AgentEntry, NEW_CONTENT_FIELDS } from './schemas/coordination.ts';
import { Name } from './schemas/scalars.ts';
import type { SessionTarget } from './session-target.ts';

/** A definition that is run once. An agent that is not registered is given whole, in its entry. */
export const OneOffDefinition = z.strictObject({
  ...NEW_CONTENT_FIELDS,
  coordination_name: Name.default('one-off'),
  agents: z.array(AgentEntry.safeExtend({ agent_type: z.enum(AGENT_TYPES).optional() })).default([]),
}).meta({ id: 'OneOffDefinition' });

type Given = z.output<typeof OneOffDefinition>;

/** Errors: `definition.invalid`. */
export async function oneOffTarget(owner: { partition_key: string; session_uuid: string }, definition: Given, agent_actions: AgentActions | undefined): Promise<SessionTarget> {
  const { partition_key, session_uuid } = owner;
  const inline = await inlineAgents(owner, definition);
  const agents = definition.agents.map(({ agent_type, ...entry }) => entry);
  const plan = await compileOrRefuse(
    partition_key,
    { agents, agent_actions: definition.agent_actions } as CoordinationDefinition,
    { overlays: agent_actions === undefined ? [] : [{ path: 'agent_actions', agent_actions }], inline },
  );
  return {
    coordination_uuid: session_uuid,
    coordination_name: definition.coordination_name,
    version: 0,
    plan,
    plan_hash: hashOfPlan(plan),
    is_stored: false,
    config: definition.config,
  };
}

async function inlineAgents({ partition_key, session_uuid }: { partition_key: string; session_uuid: string }, { agents }: Given): Promise<KnownAgent[]> {
  const agent_names = agents.flatMap((entry) => entry.agent_name ?? []);
  const registered = new Set((await findAgentFacts(partition_key, { agent_uuids: [], agent_names })).map((agent) => agent.agent_name));
  const problems: Problem[] = [];
  const inline: KnownAgent[] = [];
  agents.forEach(({ agent_uuid, agent_name, agent_type, instructions, model, config }, index) => {
    const isInline = agent_uuid === undefined && agent_name !== undefined && !registered.has(agent_name);
    if (!isInline) {
      if (agent_type !== undefined) problems.push({ path: `agents.${index}.agent_type`, message: 'A registered agent has its own type; remove this, or name an agent that is not registered.', code: 'plan.unknown_key' });
    } else if (instructions !== undefined || model !== undefined || config !== undefined) {
      // Its uuid follows from the session, so that a repeated start gives the same plan.
      inline.push({ agent_uuid: deriveUuid(session_uuid, `${partition_key}/${session_uuid}/inline/${agent_name}`), agent_name, agent_type: (agent_type ?? 'task') as AgentType, model: model ?? null });
    }
  });
  if (problems.length > 0) throw definitionInvalid(problems);
  return inline;
}
