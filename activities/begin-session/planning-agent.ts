import { isPlanner } from '../../src/plan/is-planner.ts';
import type { Plan } from '../../src/plan/plan.ts';

/** Up to this many agents the schema names each; a vendor's limit on enumerations lies above it. */
const NAMED_IN_SCHEMA = 200;
/** How much of each agent's own instructions the planner is shown, in characters. */
const SHOWN_CHARACTERS = 300;

/** A planning agent's own instructions, and what it has to know to plan: who there is, and the form of its answer. */
export function planningInstructions(plan: Plan, instructions: string): string {
  const agents = plan.nodes
    .filter((node) => !isPlanner(node))
    .map((node) => `- ${node.agent_name}${aboutOf(node.overrides)}`)
    .join('\n');
  return [instructions, `Divide the task among these agents:\n${agents}`, 'Answer with JSON: {"subtask_queries": [{"agent_name": "<one of these agents>", "subtask_query": "<what it should do>"}]}.']
    .filter((part) => part !== '')
    .join('\n\n');
}

export function planningSchema(plan: Plan): Record<string, unknown> {
  const names = plan.nodes.filter((node) => !isPlanner(node)).map((node) => node.agent_name);
  return {
    type: 'object',
    properties: {
      subtask_queries: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: {
          type: 'object',
          properties: {
            agent_name: names.length <= NAMED_IN_SCHEMA && names.length > 0 ? { type: 'string', enum: names } : { type: 'string' },
            subtask_query: { type: 'string', minLength: 1, maxLength: 4_000 },
          },
          required: ['agent_name', 'subtask_query'],
          additionalProperties: false,
        },
      },
    },
    required: ['subtask_queries'],
    additionalProperties: false,
  };
}

function aboutOf(overrides: Record<string, unknown>): string {
  const { instructions } = overrides;
  return typeof instructions === 'string' && instructions !== '' ? `: ${instructions.slice(0, SHOWN_CHARACTERS)}` : '';
}
