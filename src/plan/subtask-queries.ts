import { isPlanner } from './is-planner.ts';
import { suggestedName } from './nearest-name.ts';
import { fillPlaceholders, placeholderValues } from './placeholders.ts';
import type { Plan } from './plan.ts';
import { isRecord, quote, refuseUnknownKeys, type Problem } from './problem.ts';

/** One thing for one agent to do. The agent is named by exactly one of its uuid and its name. */
export interface SubtaskQuery {
  agent_uuid?: string;
  agent_name?: string;
  subtask_query: string;
}

/** One future SessionAgent. `node` is an index into the plan's nodes; `ordinal` counts the instances of that node from 0. */
export interface Instance {
  node: number;
  ordinal: number;
  query: string;
}

export type Expansion =
  | { instances: Instance[]; needs_planning: boolean; problems?: undefined }
  | { problems: Problem[]; instances?: undefined; needs_planning?: undefined };

export const MAX_INSTANCES = 10_000;
const KEYS = ['agent_uuid', 'agent_name', 'subtask_query'] as const;

/**
 * Which instances a session has. With subtask queries: one for each, and an agent without any has none. Without: where an
 * agent plans, its instance alone (`needs_planning`; `expandPlanned` gives the others once it answered), else one for
 * each agent with the task query. Instances come in the order of the plan's nodes, then of the queries.
 */
export function expand(plan: Plan, subtaskQueries: readonly SubtaskQuery[] | null | undefined, taskQuery: string): Expansion {
  if (subtaskQueries !== undefined && subtaskQueries !== null && !(Array.isArray(subtaskQueries) && subtaskQueries.length === 0)) {
    return fromQueries(plan, subtaskQueries, { values: placeholderValues(taskQuery), planned: false });
  }
  const planner = plan.nodes.findIndex(isPlanner);
  if (planner >= 0) return { instances: [{ node: planner, ordinal: 0, query: taskQuery }], needs_planning: true };
  return { instances: plan.nodes.map((_, node) => ({ node, ordinal: 0, query: taskQuery })), needs_planning: false };
}

/** The instances that a planning agent's answer adds to its own. Its texts are taken as they are; a query for the planning agent itself is a problem. */
export function expandPlanned(plan: Plan, plannedQueries: readonly SubtaskQuery[]): Expansion {
  return fromQueries(plan, plannedQueries, { values: null, planned: true });
}

function fromQueries(plan: Plan, queries: unknown, how: { values: Record<string, unknown> | null; planned: boolean }): Expansion {
  if (!Array.isArray(queries)) return { problems: [{ path: 'subtask_queries', code: 'plan.wrong_type', message: 'Give subtask_queries as a list of {agent_name, subtask_query}.' }] };
  const most = how.planned ? MAX_INSTANCES - 1 : MAX_INSTANCES;
  if (queries.length > most) return { problems: [{ path: 'subtask_queries', code: 'plan.too_many_instances', message: `${queries.length} subtask queries are too many; at most ${most}.` }] };

  const problems: Problem[] = [];
  const byUuid = new Map(plan.nodes.map((node, index) => [node.agent_uuid, index]));
  const byName = new Map(plan.nodes.map((node, index) => [node.agent_name, index]));
  const perNode = new Map<number, string[]>();
  queries.forEach((entry: unknown, position) => {
    const path = `subtask_queries.${position}`;
    if (!isRecord(entry)) {
      problems.push({ path, code: 'plan.wrong_type', message: `${quote(entry)} is not a subtask query; give {"agent_name": "<name>", "subtask_query": "<text>"}.` });
      return;
    }
    refuseUnknownKeys(entry, KEYS, { path, problems });
    const node = nodeOf(entry, path, { byUuid, byName, problems });
    const query = queryOf(entry.subtask_query, `${path}.subtask_query`, { values: how.values, problems });
    if (node === undefined || query === undefined) return;
    if (how.planned && isPlanner(plan.nodes[node]!)) {
      problems.push({ path, code: 'plan.planner_in_plan', message: `${quote(plan.nodes[node]!.name)} made the plan and cannot be given a part of it; name another agent.` });
      return;
    }
    const texts = perNode.get(node);
    if (texts) texts.push(query);
    else perNode.set(node, [query]);
  });
  if (problems.length > 0) return { problems };
  const instances = plan.nodes.flatMap((_, node) => (perNode.get(node) ?? []).map((query, ordinal) => ({ node, ordinal, query })));
  return { instances, needs_planning: false };
}

function nodeOf(entry: Record<string, unknown>, path: string, among: { byUuid: Map<string, number>; byName: Map<string, number>; problems: Problem[] }): number | undefined {
  const { agent_uuid, agent_name } = entry;
  if ((agent_uuid === undefined) === (agent_name === undefined)) {
    among.problems.push({ path, code: 'plan.agent_reference', message: 'Name the agent by exactly one of agent_uuid and agent_name.' });
    return undefined;
  }
  const field = agent_uuid === undefined ? 'agent_name' : 'agent_uuid';
  const node = (field === 'agent_uuid' ? among.byUuid : among.byName).get(entry[field] as string);
  if (node === undefined) {
    const nearest = suggestedName(entry[field], among.byName.keys(), among.problems);
    among.problems.push({ path: `${path}.${field}`, code: 'plan.unknown_subtask_agent', message: `${quote(entry[field])} is not an agent of this coordination; ${nearest === undefined ? 'name one of its agents.' : `did you mean ${quote(nearest)}?`}` });
  }
  return node;
}

function queryOf(value: unknown, path: string, how: { values: Record<string, unknown> | null; problems: Problem[] }): string | undefined {
  if (typeof value !== 'string' || value === '') {
    how.problems.push({ path, code: 'plan.empty_subtask_query', message: 'Give the subtask query as a text that is not empty.' });
    return undefined;
  }
  const filled = fillPlaceholders(value, how.values, path);
  if (filled.problems === undefined) return filled.text;
  how.problems.push(...filled.problems);
  return undefined;
}
