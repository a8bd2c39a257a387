/** Whether the agent makes the session's subtask queries where the caller gave none. */
export function isPlanner(node: { agent_type: string }): boolean {
  return node.agent_type === 'planning' || node.agent_type === 'decompose';
}
