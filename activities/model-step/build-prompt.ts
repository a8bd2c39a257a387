import { EngineError } from '../../src/errors.ts';
import { loadText } from '../../src/records/output.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import { SessionRunModel, type SessionRunRow } from '../../src/records/session-run.ts';
import { threadUpTo } from '../../src/records/thread.ts';
import type { ModelMessage } from '../../src/providers/provider.ts';

export interface Prompt {
  /** The new message of this step. */
  text: string;
  /** What the thread holds before it. */
  history: ModelMessage[];
  /** The last run of that history. */
  previous_run_uuid: string | null;
}

/** Longest prompt that is put together, in characters; no model takes more. */
const MAX_PROMPT_CHARACTERS = 12_000_000;

/**
 * The message of a step: its subtask query verbatim, each predecessor's output under its agent's name, and what people
 * said. A step on the primary path continues the thread of its first predecessor.
 */
export async function buildPrompt(agent: SessionAgentRow, outputs: SessionAgentRow[]): Promise<Prompt> {
  const parts = [agent.subtask_query];
  const previous_run_uuid = agent.continues_uuid === null ? null : await lastRunOf(agent.partition_key, agent.continues_uuid);
  for (const output of outputs) parts.push(...(await labelledOutput(output)));
  if (agent.user_input !== null) parts.push(`Input from the user:\n${agent.user_input}`);
  const text = parts.filter((part) => part !== '').join('\n\n');
  if (text.length > MAX_PROMPT_CHARACTERS) {
    throw new EngineError('provider.context_exceeded', `The prompt has ${text.length} characters; ask the predecessors for less.`);
  }
  const history = previous_run_uuid === null ? [] : await messagesUpTo(agent.partition_key, agent.thread_uuid, previous_run_uuid);
  return { text, history, previous_run_uuid };
}

/** What the predecessors of a step gave, in the order in which its author named them. */
export async function predecessorOutputs(session: { partition_key: string; session_uuid: string }, predecessors: number[]): Promise<SessionAgentRow[]> {
  if (predecessors.length === 0) return [];
  const { partition_key, session_uuid } = session;
  const rows = await SessionAgentModel.find({ partition_key, session_uuid, node: { $in: predecessors }, state: 'completed' })
    .select({ partition_key: 1, node: 1, subtask_index: 1, agent_name: 1, agent_output: 1, agent_output_ref: 1, user_input: 1, agent_action_json: 1 })
    .lean<SessionAgentRow[]>();
  const order = new Map(predecessors.map((node, index) => [node, index]));
  return rows.sort((a, b) => order.get(a.node)! - order.get(b.node)! || a.subtask_index - b.subtask_index);
}

async function labelledOutput(row: SessionAgentRow): Promise<string[]> {
  const output = await loadText(row.partition_key, { text: row.agent_output, ref: row.agent_output_ref });
  const parts = [`Output of ${row.agent_name}:\n${output}`];
  // What stood before the agent was part of its own prompt; what came after its output belongs to the output.
  if (row.user_input !== null && asksAfter(row)) parts.push(`Answer of the user to ${row.agent_name}:\n${row.user_input}`);
  return parts;
}

function asksAfter(row: SessionAgentRow): boolean {
  const action = JSON.parse(row.agent_action_json) as { user_in_the_loop?: { when?: string } | null };
  return action.user_in_the_loop?.when === 'after';
}

async function lastRunOf(partition_key: string, session_agent_uuid: string): Promise<string | null> {
  const run = await SessionRunModel.findOne({ partition_key, session_agent_uuid }).sort({ created_at: -1, _id: -1 }).select({ _id: 1 }).lean<Pick<SessionRunRow, '_id'>>();
  return run?._id ?? null;
}

async function messagesUpTo(partition_key: string, thread_uuid: string, run_uuid: string): Promise<ModelMessage[]> {
  const messages: ModelMessage[] = [];
  for (const run of await threadUpTo(partition_key, thread_uuid, run_uuid)) {
    messages.push({ role: 'user', content: await loadText(partition_key, { text: run.request_text, ref: run.request_ref }) });
    messages.push({ role: 'assistant', content: await loadText(partition_key, { text: run.response_text, ref: run.response_ref }) });
  }
  return messages;
}
