import { EngineError } from '../../src/errors.ts';
import { isPlanner } from '../../src/plan/is-planner.ts';
import type { Plan, PlanNode } from '../../src/plan/plan.ts';
import { defaultModel } from '../../src/providers/resolve-model.ts';
import { findAgentsByUuid, type Agent } from '../../src/records/agent.ts';
import { pinAgents, type PinnedAgent } from '../../src/records/agent-snapshot.ts';
import { findProjectByPartition } from '../../src/records/project.ts';
import { keepPins } from '../../src/records/session-pins.ts';
import type { SessionRow } from '../../src/records/session.ts';
import type { Services } from '../services.ts';
import { keptPins } from './kept-pins.ts';
import { planningInstructions, planningSchema } from './planning-agent.ts';
import { servedNodes, type SessionPins } from './session-pins.ts';

/**
 * Pins each node's agent as it stands now, with what the coordination replaces of it, and stores it by its content.
 * Where the session has still to be planned, all pins are kept until then.
 */
export async function pinSession(services: Services, { session, plan, planned_later }: { session: SessionRow; plan: Plan; planned_later: boolean }): Promise<SessionPins> {
  const { partition_key } = session;
  const registered = new Map((await findAgentsByUuid(partition_key, plan.nodes.map((node) => node.agent_uuid))).map((agent) => [agent.agent_uuid, agent]));
  const project = await findProjectByPartition(partition_key);
  const fallback =
    project?.default_model ?? services.config.defaultModel ?? defaultModel({ is_default_project: project?.is_default ?? false, env: process.env });
  const agents = plan.nodes.map((node) => pinned(node, { plan, registered: registered.get(node.agent_uuid), fallback }));
  const hashes = await pinAgents(partition_key, agents);
  if (planned_later && (await keepPins(session, hashes)).some((kept, node) => kept !== hashes[node])) return keptPins(session);
  return { hashes, local: await servedNodes([...agents.keys()].filter((node) => agents[node]!.model.startsWith('local/'))) };
}

function pinned(node: PlanNode, from: { plan: Plan; registered: Agent | undefined; fallback: string }): PinnedAgent {
  const { plan, registered, fallback } = from;
  // An agent given inline with a one-off definition is not registered: its overrides are the whole of it.
  const spec = { ...registered, ...node.overrides } as Partial<Agent>;
  if (registered === undefined && spec.instructions === undefined && spec.config === undefined && spec.model === undefined) {
    throw new EngineError('session.internal', `The agent ${node.name} is gone.`);
  }
  const plans = isPlanner(node);
  return {
    agent_uuid: node.agent_uuid,
    agent_name: node.agent_name,
    agent_type: node.agent_type,
    instructions: plans ? planningInstructions(plan, spec.instructions ?? '') : (spec.instructions ?? ''),
    model: spec.model ?? fallback,
    output_schema: plans ? planningSchema(plan) : (spec.output_schema ?? null),
    config: spec.config ?? {},
    max_output_tokens: spec.max_output_tokens ?? null,
    temperature: spec.temperature ?? null,
  };
}
