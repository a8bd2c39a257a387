import { MAX_AGENTS, OVERRIDABLE_FIELDS, type KnownAgent } from './definition.ts';
import { suggestedName } from './nearest-name.ts';
import { isRecord, quote, refuseUnknownKeys, type Problem } from './problem.ts';

/** One entry of `agents`. `known` is null where no such agent is registered: it still takes references, so that one fault is reported once. */
export interface Member {
  path: string;
  label: string;
  known: KnownAgent | null;
  overrides: Record<string, unknown>;
}

export interface Members {
  list: Member[];
  /** The member that a uuid or a name means; a uuid goes first. */
  find(reference: string): number | undefined;
  /** What members are called, one by one: there may be 10,000. */
  labels(): Iterable<string>;
}

function* labelsOf(list: readonly Member[]): Iterable<string> {
  for (const { label } of list) yield label;
}

const ENTRY_KEYS = ['agent_uuid', 'agent_name', ...OVERRIDABLE_FIELDS] as const;

/** Reads `agents` against the registered ones. Adds what is wrong to `problems`. */
export function resolveAgents(agents: unknown, knownAgents: readonly KnownAgent[], problems: Problem[]): Members {
  const list: Member[] = [];
  const byUuid = new Map<string, number>();
  const byName = new Map<string, number>();
  const members: Members = { list, find: (reference) => byUuid.get(reference) ?? byName.get(reference), labels: () => labelsOf(list) };

  if (!Array.isArray(agents) || agents.length === 0) {
    problems.push({ path: 'agents', code: 'plan.no_agents', message: 'Name at least one agent: [{"agent_name": "<name>"}].' });
    return members;
  }
  if (agents.length > MAX_AGENTS) {
    problems.push({ path: 'agents', code: 'plan.too_many_agents', message: `${agents.length} agents are too many; a coordination has at most ${MAX_AGENTS}. Split it, or give fewer agents several subtask queries.` });
    return members;
  }

  const knownByUuid = new Map(knownAgents.map((agent) => [agent.agent_uuid, agent]));
  const knownByName = new Map(knownAgents.map((agent) => [agent.agent_name, agent]));

  agents.forEach((entry: unknown, index) => {
    const path = `agents.${index}`;
    const field = referenceField(entry, path, problems);
    if (field === null) return;
    const { agent_uuid, agent_name, ...overrides } = entry as Record<string, unknown>;
    const reference = (field === 'agent_uuid' ? agent_uuid : agent_name) as string;
    const known = (field === 'agent_uuid' ? knownByUuid : knownByName).get(reference) ?? null;
    if (known === null) {
      const names = field === 'agent_uuid' ? knownByUuid.keys() : knownByName.keys();
      const nearest = suggestedName(reference, names, problems);
      problems.push({ path: `${path}.${field}`, code: 'plan.unknown_agent', message: `No agent ${quote(reference)} is registered; ${nearest === undefined ? 'register it first or correct the reference.' : `did you mean ${quote(nearest)}?`}` });
    }
    const earlier = known ? byUuid.get(known.agent_uuid) : (field === 'agent_uuid' ? byUuid : byName).get(reference);
    if (earlier !== undefined) {
      problems.push({ path: `${path}.${field}`, code: 'plan.agent_twice', message: `${quote(reference)} is already ${list[earlier]!.path}; name each agent once, and give it several subtask queries where it has several things to do.` });
      return;
    }
    readOverrides(entry as Record<string, unknown>, path, problems);
    if (known) {
      byUuid.set(known.agent_uuid, list.length);
      byName.set(known.agent_name, list.length);
    } else {
      (field === 'agent_uuid' ? byUuid : byName).set(reference, list.length);
    }
    list.push({ path, label: known?.agent_name ?? reference, known, overrides });
  });
  return members;
}

function referenceField(entry: unknown, path: string, problems: Problem[]): 'agent_uuid' | 'agent_name' | null {
  if (!isRecord(entry)) {
    problems.push({ path, code: 'plan.wrong_type', message: `${quote(entry)} is not an agent; give an object such as {"agent_name": "<name>"}.` });
    return null;
  }
  const given = (['agent_uuid', 'agent_name'] as const).filter((field) => entry[field] !== undefined);
  const field = given[0];
  if (field === undefined || given.length > 1) {
    problems.push({ path, code: 'plan.agent_reference', message: `Name the agent by exactly one of agent_uuid and agent_name; here ${field === undefined ? 'neither is' : 'both are'} given.` });
    return null;
  }
  if (typeof entry[field] !== 'string' || entry[field] === '') {
    problems.push({ path: `${path}.${field}`, code: 'plan.wrong_type', message: `${quote(entry[field])} is no reference; give a text that is not empty.` });
    return null;
  }
  return field;
}

function readOverrides(entry: Record<string, unknown>, path: string, problems: Problem[]): void {
  refuseUnknownKeys(entry, ENTRY_KEYS, { path, problems });
  if (entry.model !== undefined && entry.model !== null && (typeof entry.model !== 'string' || entry.model === '')) {
    problems.push({ path: `${path}.model`, code: 'plan.wrong_type', message: `${quote(entry.model)} is no model; write vendor/model, or leave it out for the agent's own.` });
  }
}
