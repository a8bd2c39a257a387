import { loadText, MAX_OUTPUT_BYTES } from './output.ts';
import { loadPlan } from './plan.ts';
import { INLINE_CHARACTERS, SessionAgentModel, type SessionAgentRow } from './session-agent.ts';
import type { SessionRow } from './session.ts';

/** Answers nested deeper than a request may be are given as the text that they are. */
const MOST_LEVELS = 100;
/** Agents whose texts are held at once; each has at most `INLINE_CHARACTERS`. */
const TEXTS_AT_ONCE = 100;

type Sink = Pick<SessionAgentRow, '_id' | 'node' | 'subtask_index' | 'agent_name' | 'agent_type' | 'agent_output_ref'>;

/**
 * The output of a session as JSON text of at most `most` bytes: its only sink's (the agent that no other one that ran
 * waits for), or an object by name for several; a list where a sink had several subtasks. From the first output that no
 * longer fits, `{session_agent_uuid, output_ref}` stands in place of each: the agent's record has the text, or the output
 * that `output_ref` names.
 */
export async function sessionResult(session: Pick<SessionRow, 'partition_key' | 'session_uuid' | 'plan_hash'>, most = MAX_OUTPUT_BYTES): Promise<string> {
  const sinks = await sinksOf(session);
  const byName = new Map<string, Sink[]>();
  for (const sink of sinks) {
    const own = byName.get(sink.agent_name);
    if (own === undefined) byName.set(sink.agent_name, [sink]);
    else own.push(sink);
  }
  const values = new Map(sinks.map((sink) => [sink._id, referenceTo(sink)]));
  let left = most - Buffer.byteLength(together(byName, values));
  for await (const { _id, text } of textsOf(session, sinks, () => left)) {
    const value = jsonOf(text);
    left -= Buffer.byteLength(value) - values.get(_id)!.length;
    if (left < 0) break;
    values.set(_id, value);
  }
  return together(byName, values);
}

async function sinksOf({ partition_key, session_uuid, plan_hash }: Pick<SessionRow, 'partition_key' | 'session_uuid' | 'plan_hash'>): Promise<Sink[]> {
  const plan = await loadPlan(partition_key, plan_hash);
  const rows = await SessionAgentModel.find({ partition_key, session_uuid, state: 'completed' })
    .select({ node: 1, subtask_index: 1, agent_name: 1, agent_type: 1, agent_output_ref: 1 })
    .sort({ node: 1, subtask_index: 1 })
    .lean<Sink[]>();
  // A successor that had no subtask has read nothing.
  const hasSuccessor = new Set(rows.flatMap((row) => plan.nodes[row.node]!.predecessors));
  // A planner with agents beside it made the plan; what it said is no result.
  const planned = rows.some((row) => !isPlanning(row));
  return rows.filter((row) => !hasSuccessor.has(row.node) && !(planned && isPlanning(row)));
}

/** The whole texts of these agents, in their order, until one is certain not to fit into the bytes that are left. */
async function* textsOf({ partition_key, session_uuid }: Pick<SessionRow, 'partition_key' | 'session_uuid'>, sinks: Sink[], left: () => number): AsyncGenerator<{ _id: string; text: string }> {
  for (let at = 0; at < sinks.length; at += TEXTS_AT_ONCE) {
    const some = sinks.slice(at, at + TEXTS_AT_ONCE);
    const rows = await SessionAgentModel.find({ _id: { $in: some.map(({ _id }) => _id) }, partition_key, session_uuid }).select({ agent_output: 1 }).lean<Array<Pick<SessionAgentRow, '_id' | 'agent_output'>>>();
    const texts = new Map(rows.map((row) => [row._id, row.agent_output]));
    for (const { _id, agent_output_ref } of some) {
      if (agent_output_ref !== null && left() < INLINE_CHARACTERS) return;
      yield { _id, text: await loadText(partition_key, { text: texts.get(_id) ?? null, ref: agent_output_ref }) };
    }
  }
}

/** What an agent's text is to others, as JSON: the text itself where it is JSON, else a string. */
function jsonOf(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined || !'{["-0123456789tfn'.includes(first)) return JSON.stringify(text);
  try {
    const value = JSON.parse(text) as unknown;
    if (!isDeeper(value, MOST_LEVELS)) return JSON.stringify(value);
  } catch {
    // It only begins like JSON.
  }
  return JSON.stringify(text);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

function referenceTo({ _id, agent_output_ref }: Sink): string {
  return JSON.stringify({ session_agent_uuid: _id, output_ref: agent_output_ref });
}

function together(byName: Map<string, Sink[]>, values: Map<string, string>): string {
  const members = [...byName].map(([name, instances]) => {
    const own = instances.map(({ _id }) => values.get(_id)!);
    return { name, value: own.length === 1 ? own[0]! : `[${own.join(',')}]` };
  });
  if (members.length === 0) return 'null';
  if (members.length === 1) return members[0]!.value;
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

function isPlanning(row: Pick<SessionAgentRow, 'agent_type'>): boolean {
  return row.agent_type === 'planning' || row.agent_type === 'decompose';
}
