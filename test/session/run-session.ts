import type { WorkflowHandle } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { compile } from '../../src/plan/compile.ts';
import { CallModel, type CallRow } from '../../src/records/call.ts';
import { DecisionModel, type DecisionRow } from '../../src/records/decision.ts';
import { EventModel, type EventRow } from '../../src/records/event.ts';
import { storePlan } from '../../src/records/plan.ts';
import { SessionModel, findSession, sessionId, sessionWorkflowId, type SessionRow } from '../../src/records/session.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import { SessionRunModel, type SessionRunRow } from '../../src/records/session-run.ts';
import { eventually } from './eventually.ts';
import type { TestWorker } from './start-test-worker.ts';

export interface TestAgent {
  name: string;
  after?: string[];
  type?: string;
  action?: Record<string, unknown>;
  /** What the scripted model does. */
  script?: Array<Record<string, unknown>>;
  overrides?: Record<string, unknown>;
}

export interface CreateOptions extends Partial<SessionRow> {
  /** `[agent name, query]` for each instance. */
  subtasks?: Array<[string, string]>;
}

export interface StartedSession {
  partition_key: string;
  session_uuid: string;
  workflow_id: string;
  /** Of whichever run of the workflow is current. */
  handle: WorkflowHandle;
  /** Resolves when the workflow has ended, however. */
  ended(): Promise<SessionRow>;
  row(): Promise<SessionRow>;
  /** In the order of the plan, then of the subtasks. */
  agents(): Promise<SessionAgentRow[]>;
  agent(name: string): Promise<SessionAgentRow>;
  /** In the order of their numbers. */
  events(): Promise<EventRow[]>;
  runs(): Promise<SessionRunRow[]>;
  calls(): Promise<CallRow[]>;
  decisions(): Promise<DecisionRow[]>;
  /** Waits for the only pending decision, of one agent where it is named. */
  pendingDecision(agent_name?: string): Promise<DecisionRow>;
  status(status: SessionRow['status']): Promise<SessionRow>;
  eventTypes(): Promise<string[]>;
}

type Place = Pick<TestWorker, 'client' | 'task_queue' | 'partition_key'>;

/** Stores a compiled plan and a session record, without a workflow. */
export async function createSession(worker: Place, agents: TestAgent[], { subtasks, ...more }: CreateOptions = {}): Promise<StartedSession> {
  const known = agents.map((agent) => ({ agent_uuid: uuidv7(), agent_name: agent.name, agent_type: agent.type ?? 'task', model: 'scripted/test' }));
  const compiled = compile(
    {
      agents: agents.map(({ name, script, overrides }) => ({
        agent_name: name,
        instructions: `You are ${name}.`,
        model: 'scripted/test',
        config: script === undefined ? {} : { script },
        ...overrides,
      })),
      agent_actions: Object.fromEntries(agents.map(({ name, after, action }) => [name, { predecessors: after ?? [], ...action }])),
    } as never,
    { known_agents: known as never },
  );
  if (compiled.plan === undefined) throw new Error(JSON.stringify(compiled.problems));
  const { partition_key, client } = worker;
  const session_uuid = more.session_uuid ?? uuidv7();
  const workflow_id = sessionWorkflowId(partition_key, session_uuid);
  const [endpoint_id, part_id] = partition_key.split('#') as [string, string];
  const now = new Date();
  await SessionModel.create({
    _id: sessionId(partition_key, session_uuid),
    partition_key,
    endpoint_id,
    part_id,
    session_uuid,
    coordination_uuid: uuidv7(),
    coordination_name: 'test',
    version: 1,
    plan_hash: await storePlan(partition_key, compiled.plan),
    task_query: 'Do it.',
    subtask_queries_json: JSON.stringify((subtasks ?? []).map(([agent_name, subtask_query]) => ({ agent_name, subtask_query }))),
    status: 'initial',
    max_parallel: 100,
    workflow_id,
    created_at: now,
    updated_at: now,
    ...more,
  });
  const of = { partition_key, session_uuid };
  const session: StartedSession = {
    ...of,
    workflow_id,
    handle: client.workflow.getHandle(workflow_id),
    async ended() {
      await client.workflow.getHandle(workflow_id).result().catch(() => undefined);
      return session.row();
    },
    row: async () => (await findSession(partition_key, session_uuid))!,
    agents: () => SessionAgentModel.find(of).sort({ node: 1, subtask_index: 1 }).lean<SessionAgentRow[]>(),
    agent: async (agent_name) => (await SessionAgentModel.findOne({ ...of, agent_name }).lean<SessionAgentRow>())!,
    events: () => EventModel.find(of).sort({ seq: 1 }).lean<EventRow[]>(),
    runs: () => SessionRunModel.find(of).sort({ created_at: 1, _id: 1 }).lean<SessionRunRow[]>(),
    calls: () => CallModel.find(of).lean<CallRow[]>(),
    decisions: () => DecisionModel.find(of).sort({ created_at: 1 }).lean<DecisionRow[]>(),
    async pendingDecision(agent_name) {
      const read = async () => {
        const mine = agent_name === undefined ? {} : { session_agent_uuid: (await session.agent(agent_name))?._id ?? '' };
        return DecisionModel.find({ ...of, ...mine, status: 'pending' }).lean<DecisionRow[]>();
      };
      return (await eventually(read, (pending) => pending.length === 1))[0]!;
    },
    status: (status) => eventually(session.row, (row) => row.status === status),
    eventTypes: async () => (await session.events()).map((event) => event.event_type),
  };
  return session;
}

/** Starts a session as the operation does, beneath it: a compiled plan, a record, a workflow. */
export async function startSession(worker: Place, agents: TestAgent[], options: CreateOptions = {}): Promise<StartedSession> {
  const session = await createSession(worker, agents, options);
  await worker.client.workflow.start('session', {
    workflowId: session.workflow_id,
    taskQueue: worker.task_queue,
    args: [{ partition_key: session.partition_key, session_uuid: session.session_uuid }],
  });
  return session;
}
