import { EngineError } from '../../src/errors.ts';
import { loadText } from '../../src/records/output.ts';
import { INLINE_CHARACTERS, SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import { runsBackFrom } from '../../src/records/thread.ts';
import type { ModelMessage } from '../../src/providers/provider.ts';

export interface Prompt {
  /** The new message of this step. */
  text: string;
  /** What the thread holds before it. */
  history: ModelMessage[];
  /** The last run of that history. */
  previous_run_uuid: string | null;
}

/** Longest prompt that is put together, in characters, what its thread holds before it included; no model takes more. */
const MAX_PROMPT_CHARACTERS = 12_000_000;

/** Takes texts until they are too much together. Errors: `provider.context_exceeded`, before any more is read. */
type Take = (characters: number) => void;

/**
 * The message of a step: its subtask query verbatim, each predecessor's output under its agent's name, and what people
 * said. A step on the primary path continues the thread of its first predecessor.
 */
export async function buildPrompt(agent: SessionAgentRow, outputs: SessionAgentRow[]): Promise<Prompt> {
  const take = promptRoom();
  const parts: string[] = [];
  const add = (part: string): void => {
    if (part === '') return;
    take(part.length);
    parts.push(part);
  };
  add(agent.subtask_query);
  for (const output of outputs) await addOutput(output, add);
  // After a reset a step may have an answer to what it said before; that is no part of what it is asked.
  if (agent.user_input !== null && answerAfter(agent) === null) add(`Input from the user:\n${agent.user_input}`);
  const continued = agent.continues_uuid === null ? undefined : outputs.find(({ _id }) => _id === agent.continues_uuid);
  const previous_run_uuid = continued?.last_run_uuid ?? null;
  const history = previous_run_uuid === null ? [] : await messagesUpTo(agent.partition_key, previous_run_uuid, take);
  return { text: parts.join('\n\n'), history, previous_run_uuid };
}

function promptRoom(): Take {
  let left = MAX_PROMPT_CHARACTERS;
  return (characters) => {
    left -= characters;
    if (left >= 0) return;
    throw new EngineError('provider.context_exceeded', `The prompt has more than ${MAX_PROMPT_CHARACTERS} characters, its thread included; ask the predecessors for less.`);
  };
}

/**
 * What the predecessors of a step gave, in the order in which its author named them.
 * Errors: `provider.context_exceeded` as soon as they are too much for a prompt.
 */
export async function predecessorOutputs(session: { partition_key: string; session_uuid: string }, predecessors: number[]): Promise<SessionAgentRow[]> {
  if (predecessors.length === 0) return [];
  const { partition_key, session_uuid } = session;
  const projection = { partition_key: 1, node: 1, subtask_index: 1, agent_name: 1, agent_output: 1, agent_output_ref: 1, user_input: 1, agent_action_json: 1, last_run_uuid: 1 };
  const cursor = SessionAgentModel.collection.find<SessionAgentRow>({ partition_key, session_uuid, node: { $in: predecessors }, state: 'completed' }, { projection });
  const take = promptRoom();
  const rows: SessionAgentRow[] = [];
  for await (const row of cursor) {
    // Of a text that stands elsewhere it is known that it is longer than what may stand here.
    take(row.agent_output_ref === null ? (row.agent_output ?? '').length : INLINE_CHARACTERS);
    take(answerAfter(row)?.length ?? 0);
    rows.push(row);
  }
  const order = new Map(predecessors.map((node, index) => [node, index]));
  return rows.sort((a, b) => order.get(a.node)! - order.get(b.node)! || a.subtask_index - b.subtask_index);
}

async function addOutput(row: SessionAgentRow, add: (part: string) => void): Promise<void> {
  add(`Output of ${row.agent_name}:\n${await loadText(row.partition_key, { text: row.agent_output, ref: row.agent_output_ref })}`);
  const answer = answerAfter(row);
  if (answer !== null) add(`Answer of the user to ${row.agent_name}:\n${answer}`);
}

/** What stood before the agent was part of its own prompt; what came after its output belongs to the output. */
function answerAfter(row: SessionAgentRow): string | null {
  if (row.user_input === null) return null;
  const action = JSON.parse(row.agent_action_json) as { user_in_the_loop?: { when?: string } | null };
  return action.user_in_the_loop?.when === 'after' ? row.user_input : null;
}

/** The messages of a thread up to a run, oldest first. */
async function messagesUpTo(partition_key: string, run_uuid: string, take: Take): Promise<ModelMessage[]> {
  const messages: ModelMessage[] = [];
  const add = async (role: ModelMessage['role'], stored: { text: string | null; ref: string | null }): Promise<void> => {
    const content = await loadText(partition_key, stored);
    take(content.length);
    messages.push({ role, content });
  };
  for await (const run of runsBackFrom(partition_key, run_uuid)) {
    await add('assistant', { text: run.response_text, ref: run.response_ref });
    await add('user', { text: run.request_text, ref: run.request_ref });
  }
  return messages.reverse();
}
