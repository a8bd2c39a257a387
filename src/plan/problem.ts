export type ProblemCode =
  | 'plan.wrong_type' | 'plan.unknown_key' | 'plan.no_agents' | 'plan.too_many_agents' | 'plan.too_many_dependencies'
  | 'plan.agent_reference' | 'plan.unknown_agent' | 'plan.agent_twice' | 'plan.action_without_agent' | 'plan.action_twice'
  | 'plan.unknown_predecessor' | 'plan.own_predecessor' | 'plan.predecessor_twice' | 'plan.cycle'
  | 'plan.primary_path_without_predecessors' | 'plan.user_in_the_loop' | 'plan.default_action' | 'plan.action_function'
  | 'plan.planner_with_predecessors' | 'plan.several_planners'
  | 'plan.unknown_subtask_agent' | 'plan.planner_in_plan' | 'plan.empty_subtask_query' | 'plan.too_many_instances'
  | 'plan.missing_placeholder' | 'plan.placeholder_not_scalar';

/** One fault of a definition. `path` is dotted (`agents.0.agent_name`); `message` says the remedy. */
export interface Problem {
  path: string;
  code: ProblemCode;
  message: string;
}

const QUOTED_CHARACTERS = 80;

/** A value of the author's, short enough for a message. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? 'undefined' : (JSON.stringify(value) ?? typeof value);
  return JSON.stringify(text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds a problem for each key of `value` that is not in `known`. */
export function refuseUnknownKeys(value: Record<string, unknown>, known: readonly string[], where: { path: string; problems: Problem[] }): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    where.problems.push({
      path: `${where.path}.${key.slice(0, QUOTED_CHARACTERS)}`,
      code: 'plan.unknown_key',
      message: `Remove ${quote(key)}; the keys here are ${known.join(', ')}.`,
    });
  }
}
