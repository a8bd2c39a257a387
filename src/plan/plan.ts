/** What a Coordination version compiles to: the validated graph that a session executes. Frozen; its hash is its identity. */
export interface Plan {
  plan_version: 1;
  nodes: PlanNode[];
}

export const AGENT_TYPES = ['task', 'planning', 'decompose', 'triage', 'judge'] as const;
export type AgentType = (typeof AGENT_TYPES)[number];

export const DECISION_ACTIONS = ['answer', 'approve', 'edit', 'reject'] as const;
export type DecisionAction = (typeof DECISION_ACTIONS)[number];

export interface PlanNode {
  /** The step's name: the agent's, unique in a plan. */
  name: string;
  kind: 'agent';
  agent_uuid: string;
  agent_name: string;
  agent_type: AgentType;
  /** The model the agent named when the plan was compiled, or null for the project's default; a session pins its own. */
  model: string | null;
  /** Fields of the agent that this coordination replaces (instructions, model, output_schema, config …). */
  overrides: Record<string, unknown>;
  /** Indexes into `nodes`, in the order the author wrote them. */
  predecessors: number[];
  /** Continues the thread of the first predecessor. */
  primary_path: boolean;
  user_in_the_loop: UserInTheLoop | null;
  action_function: ActionFunction | null;
  /** Paths of the output that later conditions, maps and loops read. */
  facts: string[];
}

export interface UserInTheLoop {
  when: 'before' | 'after';
  question: string | null;
  allowed_actions: DecisionAction[];
  /** JSON Schema of the answer's input, or null where a string will do. */
  input_schema: Record<string, unknown> | null;
  /** Milliseconds until the decision expires, or null for never. */
  expires_in_ms: number | null;
  /** Taken when the decision expires; without one the step fails. */
  default_action: DecisionAction | null;
}

export type ActionFunction = { tool: string } | { url: string };
