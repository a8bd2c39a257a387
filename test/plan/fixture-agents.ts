import type { KnownAgent } from '../../src/plan/definition.ts';
import type { AgentType } from '../../src/plan/plan.ts';

/** A registered agent whose uuid follows from its name. */
export function known(agent_name: string, agent_type: AgentType = 'task', model: string | null = null): KnownAgent {
  return { agent_uuid: `uuid-of-${agent_name}`, agent_name, agent_type, model };
}

export function named(...names: string[]): Array<{ agent_name: string }> {
  return names.map((agent_name) => ({ agent_name }));
}
