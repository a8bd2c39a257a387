import type { AgentActionsOverlay } from './definition.ts';
import { suggestedName } from './nearest-name.ts';
import { isRecord, quote, refuseUnknownKeys, type Problem } from './problem.ts';
import type { Members } from './resolve-agents.ts';

const FIELDS = ['predecessors', 'primary_path', 'user_in_the_loop', 'action_function'] as const;
type Field = (typeof FIELDS)[number];

/** What holds for one agent after all layers, each field with the place it was written at. */
export type LayeredAction = { [field in Field]?: { value: unknown; path: string } };

/** Lays each layer's `agent_actions` field by field over those before it; the result is by member. Adds what is wrong to `problems`. */
export function layerAgentActions(layers: readonly { path: string; agent_actions: unknown }[], members: Members, problems: Problem[]): Map<number, LayeredAction> {
  const layered = new Map<number, LayeredAction>();
  for (const layer of layers) {
    if (layer.agent_actions === undefined || layer.agent_actions === null) continue;
    if (isRecord(layer.agent_actions)) addLayer(layer as AgentActionsOverlay, { members, layered, problems });
    else problems.push({ path: layer.path, code: 'plan.wrong_type', message: 'Give agent_actions as an object keyed by the uuid or the name of an agent.' });
  }
  return layered;
}

function addLayer(layer: AgentActionsOverlay, into: { members: Members; layered: Map<number, LayeredAction>; problems: Problem[] }): void {
  const { members, layered, problems } = into;
  const keys = new Map<number, string>();
  for (const [key, action] of Object.entries(layer.agent_actions) as Array<[string, unknown]>) {
    const path = `${layer.path}.${key.length > 80 ? `${key.slice(0, 80)}…` : key}`;
    const index = members.find(key);
    if (index === undefined) {
      const nearest = suggestedName(key, members.labels(), problems);
      problems.push({ path, code: 'plan.action_without_agent', message: `${quote(key)} is not in agents; ${nearest === undefined ? 'add it there or remove this entry.' : `did you mean ${quote(nearest)}?`}` });
      continue;
    }
    const earlier = keys.get(index);
    if (earlier !== undefined) {
      problems.push({ path, code: 'plan.action_twice', message: `${quote(key)} is the agent that ${quote(earlier)} names too; keep one of the two entries.` });
      continue;
    }
    keys.set(index, key);
    if (!isRecord(action)) {
      problems.push({ path, code: 'plan.wrong_type', message: `${quote(action)} is not an action; give an object with ${FIELDS.join(', ')}.` });
      continue;
    }
    refuseUnknownKeys(action, FIELDS, { path, problems });
    const target = layered.get(index) ?? {};
    for (const field of FIELDS) if (action[field] !== undefined) target[field] = { value: action[field], path: `${path}.${field}` };
    layered.set(index, target);
  }
}
