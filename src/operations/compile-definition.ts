import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { compile } from '../plan/compile.ts';
import type { AgentActionsOverlay, CoordinationDefinition, KnownAgent } from '../plan/definition.ts';
import type { Plan } from '../plan/plan.ts';
import { findAgentFacts, listAgents } from '../records/agent.ts';
import type { AgentFacts } from '../records/agent.ts';
import { checkModel } from './check-model.ts';
import { scriptProblems } from './check-script.ts';

const SUGGESTED_FROM = 100;

export type CompiledDefinition = { plan: Plan; problems?: undefined } | { plan?: undefined; problems: Problem[] };

export interface CompileMore {
  overlays?: readonly AgentActionsOverlay[];
  /** Agents that are not registered, of a definition that is run once. */
  inline?: readonly KnownAgent[];
}

/** Compiles a definition against a project's agents; also says which models name no known vendor, and which scripts cannot be read. */
export async function compileDefinition(
  partition_key: string,
  definition: CoordinationDefinition,
  more: CompileMore = {},
): Promise<CompiledDefinition> {
  const entries = [...modelProblems(definition), ...configProblems(definition)];
  const named = await findAgentFacts(partition_key, {
    agent_uuids: definition.agents.flatMap((entry) => entry.agent_uuid ?? []),
    agent_names: definition.agents.flatMap((entry) => entry.agent_name ?? []),
  });
  const { overlays = [], inline = [] } = more;
  const isComplete = named.length + inline.length >= definition.agents.length;
  const known = [...named, ...inline, ...(isComplete ? [] : await others(partition_key, named))] as KnownAgent[];
  const { plan, problems = [] } = compile(definition, { known_agents: known, overlays });
  return plan !== undefined && entries.length === 0 ? { plan } : { problems: [...problems, ...entries] };
}

/** The same, where a problem is the end of it. Errors: `definition.invalid` with every problem. */
export async function compileOrRefuse(...given: Parameters<typeof compileDefinition>): Promise<Plan> {
  const { plan, problems } = await compileDefinition(...given);
  if (plan === undefined) throw definitionInvalid(problems);
  return plan;
}

export function definitionInvalid(problems: Problem[]): EngineError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new EngineError('definition.invalid', `The definition has ${count}; each error says where and what to do.`, { errors: problems });
}

/** SHA-256 of the canonical JSON: the identity of content and of plans. */
export function contentHash(content: object): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** Some of the project's other agents, from which the compiler can say which name was meant. */
async function others(partition_key: string, named: AgentFacts[]): Promise<AgentFacts[]> {
  const known = new Set(named.map((agent) => agent.agent_uuid));
  const page = await listAgents(partition_key, {}, { limit: SUGGESTED_FROM, order: '-created_at' });
  return page.rows.filter((agent) => !known.has(agent.agent_uuid));
}

function modelProblems(definition: CoordinationDefinition): Problem[] {
  return definition.agents.flatMap(({ model }, index) => {
    if (typeof model !== 'string') return [];
    try {
      checkModel(model, `agents.${index}.model`);
      return [];
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return error.errors.map((problem) => ({ ...problem, code: error.code }));
    }
  });
}

function configProblems(definition: CoordinationDefinition): Problem[] {
  return definition.agents.flatMap(({ config }, index) => (
    config === undefined ? [] : scriptProblems(config, ['agents', index, 'config']).map((problem) => ({ ...problem, code: 'plan.wrong_type' }))
  ));
}
