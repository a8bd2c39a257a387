import type { Plan, PlanNode } from '../../src/plan/plan.ts';
import type { Instance } from '../../src/plan/subtask-queries.ts';
import { deriveUuid, sessionAgentUuid } from '../../src/records/derive-uuid.ts';
import { isDuplicateKey } from '../../src/records/is-duplicate-key.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import type { SessionRow } from '../../src/records/session.ts';
import { ThreadModel, type ThreadRow } from '../../src/records/thread.ts';
import type { SessionPins } from './session-pins.ts';

const BATCH = 1_000;
type Owner = Pick<SessionRow, 'partition_key' | 'session_uuid' | 'coordination_uuid'>;

/** Makes the SessionAgents of these instances, and the thread of each that begins one. What exists already stays as it is. */
export async function createSessionAgents(session: Owner, what: { plan: Plan; pins: SessionPins; instances: Instance[]; planner?: number }): Promise<void> {
  const { plan, instances } = what;
  const counts = new Array<number>(plan.nodes.length).fill(0);
  for (const { node } of instances) counts[node]! += 1;
  if (what.planner !== undefined) counts[what.planner] = 1;
  const now = new Date();
  const agents = instances.map((instance) => agentRow(session, instance, { ...what, counts, now }));
  const threads = agents
    .filter((agent) => agent.continues_uuid === null)
    .map((agent): ThreadRow => ({ _id: agent.thread_uuid, partition_key: session.partition_key, session_uuid: session.session_uuid, agent_uuid: agent.agent_uuid, created_at: now }));
  await Promise.all([insertInBatches(SessionAgentModel.collection, agents), insertInBatches(ThreadModel.collection, threads)]);
}

function agentRow(
  session: Owner,
  instance: Instance,
  about: { plan: Plan; pins: SessionPins; counts: number[]; now: Date },
): SessionAgentRow {
  const { plan, pins, counts, now } = about;
  const node = plan.nodes[instance.node]!;
  const continued = continuedNode(plan, instance.node, counts);
  return {
    _id: sessionAgentUuid(session, { node: instance.node, subtask_index: instance.ordinal }),
    partition_key: session.partition_key,
    session_uuid: session.session_uuid,
    coordination_uuid: session.coordination_uuid,
    agent_uuid: node.agent_uuid,
    agent_name: node.agent_name,
    agent_type: node.agent_type,
    node: instance.node,
    subtask_index: instance.ordinal,
    subtask_query: instance.query,
    agent_action_json: JSON.stringify(agentAction(plan, node)),
    user_input: null,
    agent_input: null,
    agent_input_ref: null,
    agent_output: null,
    agent_output_ref: null,
    in_degree: node.predecessors.reduce((sum, predecessor) => sum + counts[predecessor]!, 0),
    state: 'initial',
    notes: '',
    error_json: null,
    thread_uuid: threadOf(session, instance, { plan, counts }),
    continues_uuid: continued === null ? null : sessionAgentUuid(session, continuedInstance(continued, instance, counts)),
    snapshot_hash: pins.hashes[instance.node]!,
    run_id: null,
    fence: null,
    model: null,
    usage: null,
    cost_nano_usd: 0,
    ended_at: null,
    created_at: now,
    updated_at: now,
  };
}

function agentAction(plan: Plan, node: PlanNode): Record<string, unknown> {
  return {
    primary_path: node.primary_path,
    user_in_the_loop: node.user_in_the_loop,
    predecessors: node.predecessors.map((predecessor) => plan.nodes[predecessor]!.agent_uuid),
    action_function: node.action_function,
  };
}

/** The node whose thread a node on the primary path continues: its first predecessor, where that runs at all. */
function continuedNode(plan: Plan, node: number, counts: number[]): number | null {
  const { primary_path, predecessors } = plan.nodes[node]!;
  const first = predecessors[0];
  return primary_path && first !== undefined && counts[first]! > 0 ? first : null;
}

/** Subtask by subtask where both have as many, else the first one's. */
function continuedInstance(continued: number, instance: Instance, counts: number[]): { node: number; subtask_index: number } {
  return { node: continued, subtask_index: counts[continued] === counts[instance.node] ? instance.ordinal : 0 };
}

function threadOf(session: Owner, instance: Instance, { plan, counts }: { plan: Plan; counts: number[] }): string {
  let at = { node: instance.node, subtask_index: instance.ordinal };
  for (let next = continuedNode(plan, at.node, counts); next !== null; next = continuedNode(plan, at.node, counts)) {
    at = continuedInstance(next, { node: at.node, ordinal: at.subtask_index, query: '' }, counts);
  }
  return deriveUuid(session.session_uuid, `${session.partition_key}/${session.session_uuid}/thread/${at.node}/${at.subtask_index}`);
}

async function insertInBatches(collection: typeof SessionAgentModel.collection, rows: Array<SessionAgentRow | ThreadRow>): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH) await insertNew(collection, rows.slice(at, at + BATCH));
}

async function insertNew(collection: typeof SessionAgentModel.collection, rows: Array<SessionAgentRow | ThreadRow>): Promise<void> {
  try {
    await collection.insertMany(rows as never, { ordered: false, writeConcern: { w: 'majority' } });
  } catch (error) {
    // An earlier attempt of the activity made them: their ids follow from their place.
    if (!isDuplicateKey(error)) throw error;
  }
}
