import { loadText, MAX_OUTPUT_BYTES } from './output.ts';
import { loadPlan } from './plan.ts';
import { SessionAgentModel, type SessionAgentRow } from './session-agent.ts';
import type { SessionRow } from './session.ts';

/** What an agent's text is to others: parsed where it is JSON, else the text itself. */
export function outputValue(text: string): unknown {
  const first = text.trimStart()[0];
  if (first === undefined || !'{["-0123456789tfn'.includes(first)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * The output of a session: its only sink's (the agent that no other one that ran waits for), or an object by name for several; a list where a sink had several subtasks.
 * An output too large to stand among others is given as `{output_ref}`.
 */
export async function sessionResult(session: Pick<SessionRow, 'partition_key' | 'session_uuid' | 'plan_hash'>): Promise<unknown> {
  const plan = await loadPlan(session.partition_key, session.plan_hash);
  const rows = await SessionAgentModel.find({ partition_key: session.partition_key, session_uuid: session.session_uuid, state: 'completed' })
    .select({ node: 1, subtask_index: 1, agent_name: 1, agent_type: 1, agent_output: 1, agent_output_ref: 1 })
    .sort({ node: 1, subtask_index: 1 })
    .lean<SessionAgentRow[]>();
  // A successor that had no subtask has read nothing.
  const hasSuccessor = new Set(rows.flatMap((row) => plan.nodes[row.node]!.predecessors));
  // A planner with agents beside it made the plan; what it said is no result.
  const planned = rows.some((row) => !isPlanning(row));
  const sinks = new Map<string, SessionAgentRow[]>();
  for (const row of rows) {
    if (hasSuccessor.has(row.node) || (planned && isPlanning(row))) continue;
    sinks.set(row.agent_name, [...(sinks.get(row.agent_name) ?? []), row]);
  }
  let left = MAX_OUTPUT_BYTES / 2;
  const outputs: Array<[string, unknown]> = [];
  for (const [name, instances] of sinks) {
    const values: unknown[] = [];
    for (const row of instances) {
      const text = await loadText(session.partition_key, { text: row.agent_output, ref: row.agent_output_ref });
      left -= Buffer.byteLength(text);
      values.push(left < 0 && row.agent_output_ref !== null ? { output_ref: row.agent_output_ref } : outputValue(text));
    }
    outputs.push([name, instances.length === 1 ? values[0] : values]);
  }
  if (outputs.length === 0) return null;
  return outputs.length === 1 ? outputs[0]![1] : Object.fromEntries(outputs);
}

function isPlanning(row: Pick<SessionAgentRow, 'agent_type'>): boolean {
  return row.agent_type === 'planning' || row.agent_type === 'decompose';
}
