import { deepFreeze } from './deep-freeze.ts';
import { MAX_AGENTS, MAX_DEPENDENCIES, type AgentActionsOverlay, type CoordinationDefinition, type KnownAgent } from './definition.ts';
import { findCycles } from './find-cycles.ts';
import { isPlanner } from './is-planner.ts';
import { layerAgentActions, type LayeredAction } from './layer-agent-actions.ts';
import type { Plan, PlanNode } from './plan.ts';
import { isRecord, quote, type Problem } from './problem.ts';
import { readActionFunction } from './read-action-function.ts';
import { readPredecessors } from './read-predecessors.ts';
import { readUserInTheLoop } from './read-user-in-the-loop.ts';
import { resolveAgents, type Member, type Members } from './resolve-agents.ts';

export type Compilation = { plan: Plan; problems?: undefined } | { problems: Problem[]; plan?: undefined };

export interface CompileOptions {
  known_agents: readonly KnownAgent[];
  /** A task's `agent_actions`, then a session's; each replaces the fields it names and leaves the others. */
  overlays?: readonly AgentActionsOverlay[];
}

const CYCLE_MEMBERS_NAMED = 50;

/**
 * Compiles a definition into a frozen plan, or reports every problem at once. It trusts no shape: a definition that is
 * not even an object gives a problem, never an exception. Time is linear in agents and dependencies.
 *
 * An agent that plans (`planning`, `decompose`) decides what the others do, so it runs first: it may have no
 * predecessors, and there is at most one. It may ask a person before it plans and after.
 */
export function compile(definition: CoordinationDefinition, options: CompileOptions): Compilation {
  const problems: Problem[] = [];
  if (!isRecord(definition)) {
    return { problems: [{ path: '', code: 'plan.wrong_type', message: 'Give the definition as an object with agents and agent_actions.' }] };
  }
  const members = resolveAgents(definition.agents, options.known_agents, problems);
  if (!Array.isArray(definition.agents) || definition.agents.length === 0 || definition.agents.length > MAX_AGENTS) return { problems };

  const layers = [{ path: 'agent_actions', agent_actions: definition.agent_actions }, ...(options.overlays ?? [])];
  const actions = layerAgentActions(layers, members, problems);
  const nodes = members.list.map((member, index) => toNode(member, actions.get(index) ?? {}, { index, members, problems }));

  checkGraph(nodes, members, problems);
  checkPlanners(nodes, actions, { members, problems });
  if (problems.length > 0) return { problems };
  // A copy, so that freezing the plan does not freeze the author's own objects.
  return { plan: deepFreeze(JSON.parse(JSON.stringify({ plan_version: 1, nodes })) as Plan) };
}

function toNode(member: Member, action: LayeredAction, at: { index: number; members: Members; problems: Problem[] }): PlanNode {
  const { problems } = at;
  const predecessors = readPredecessors(action.predecessors, at.index, at);
  const primaryPath = action.primary_path?.value ?? false;
  if (typeof primaryPath !== 'boolean') {
    problems.push({ path: action.primary_path!.path, code: 'plan.wrong_type', message: `${quote(primaryPath)} is not true or false.` });
  } else if (primaryPath && isEmpty(action.predecessors?.value)) {
    problems.push({ path: action.primary_path!.path, code: 'plan.primary_path_without_predecessors', message: 'A primary path continues the thread of the first predecessor; name a predecessor or set it to false.' });
  }
  return {
    name: member.label,
    kind: 'agent',
    agent_uuid: member.known?.agent_uuid ?? '',
    agent_name: member.known?.agent_name ?? '',
    agent_type: member.known?.agent_type ?? 'task',
    model: (member.overrides.model as string | null | undefined) ?? member.known?.model ?? null,
    overrides: member.overrides,
    predecessors,
    primary_path: primaryPath === true,
    user_in_the_loop: readUserInTheLoop(action.user_in_the_loop?.value, action.user_in_the_loop?.path ?? '', problems),
    action_function: readActionFunction(action.action_function?.value, action.action_function?.path ?? '', problems),
    facts: [],
  };
}

function isEmpty(predecessors: unknown): boolean {
  return predecessors === undefined || predecessors === null || (Array.isArray(predecessors) && predecessors.length === 0);
}

function checkGraph(nodes: PlanNode[], members: Members, problems: Problem[]): void {
  const dependencies = nodes.reduce((sum, node) => sum + node.predecessors.length, 0);
  if (dependencies > MAX_DEPENDENCIES) {
    problems.push({ path: 'agent_actions', code: 'plan.too_many_dependencies', message: `${dependencies} predecessors in all are too many; at most ${MAX_DEPENDENCIES}. Let one agent gather the outputs of many, and the others wait for it.` });
  }
  for (const cycle of findCycles(nodes.map((node) => node.predecessors))) {
    const names = cycle.slice(0, CYCLE_MEMBERS_NAMED).map((index) => nodes[index]!.name);
    const shown = cycle.length > names.length ? [...names, `… ${cycle.length - names.length} more`, names[0]!] : [...names, names[0]!];
    problems.push({
      path: `agent_actions.${members.list[cycle[0]!]!.label}.predecessors`,
      code: 'plan.cycle',
      message: `These agents wait for each other: ${shown.map((name) => quote(name)).join(' -> ')}. Remove one of these predecessors.`,
    });
  }
}

function checkPlanners(nodes: PlanNode[], actions: Map<number, LayeredAction>, into: { members: Members; problems: Problem[] }): void {
  let first: PlanNode | undefined;
  nodes.forEach((node, index) => {
    if (!isPlanner(node)) return;
    if (first !== undefined) {
      into.problems.push({ path: into.members.list[index]!.path, code: 'plan.several_planners', message: `${quote(node.name)} is of type ${node.agent_type}, and so is ${quote(first.name)} of type ${first.agent_type}; only one agent of a coordination plans. Remove one.` });
    }
    first ??= node;
    if (node.predecessors.length > 0) {
      into.problems.push({ path: actions.get(index)!.predecessors!.path, code: 'plan.planner_with_predecessors', message: `${quote(node.name)} is of type ${node.agent_type} and decides what the others do, so it runs first; remove its predecessors.` });
    }
  });
}
