import type { PlanNode } from './plan.ts';

/** Whether the agent makes the session's subtask queries where the caller gave none. */
export function isPlanner(node: Pick<PlanNode, 'agent_type'>): boolean {
  return node.agent_type === 'planning' || node.agent_type === 'decompose';
}
