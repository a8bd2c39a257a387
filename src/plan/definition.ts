import type { AgentType, DecisionAction } from './plan.ts';

/** Authoring style 1: who works together (`agents`) and in what order (`agent_actions`). */
export interface CoordinationDefinition {
  agents: AgentEntry[];
  agent_actions?: AgentActions;
}

/** One agent of a coordination, named by exactly one of its uuid and its name; other fields replace the agent's own. */
export type AgentEntry = { agent_uuid?: string; agent_name?: string } & AgentOverrides;

export const OVERRIDABLE_FIELDS = [
  'role', 'instructions', 'model', 'output_schema', 'tools', 'capabilities', 'config',
  'max_output_tokens', 'temperature', 'max_retries', 'timeout',
] as const;

export type AgentOverrides = { [field in (typeof OVERRIDABLE_FIELDS)[number]]?: unknown };

/** Keyed by the uuid or the name of an agent in `agents`. */
export type AgentActions = Record<string, AgentAction>;

export interface AgentAction {
  /** Uuids or names of the agents whose outputs this one reads; it starts when all of them ended. */
  predecessors?: string[];
  primary_path?: boolean;
  /** `true` means `after`. */
  user_in_the_loop?: boolean | 'before' | 'after' | UserInTheLoopDefinition | null;
  action_function?: { tool: string } | { url: string } | null;
}

export interface UserInTheLoopDefinition {
  when?: 'before' | 'after';
  question?: string | null;
  actions?: DecisionAction[];
  /** JSON Schema of the answer's input. */
  input_schema?: Record<string, unknown> | null;
  /** `30s`, `5m`, `1h`, ISO 8601, or a number of milliseconds. */
  expires_in?: string | number | null;
  default_action?: DecisionAction | null;
}

/** A task's or a session's `agent_actions`, laid field by field over the coordination's; `path` is where its problems are reported. */
export interface AgentActionsOverlay {
  path: string;
  agent_actions: AgentActions;
}

/** What compilation must know of a registered agent. */
export interface KnownAgent {
  agent_uuid: string;
  agent_name: string;
  agent_type: AgentType;
  model: string | null;
}

export const MAX_AGENTS = 10_000;
/** Predecessors of all agents together: what keeps a session's dependency counters small. */
export const MAX_DEPENDENCIES = 100_000;
