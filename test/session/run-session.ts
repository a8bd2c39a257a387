import { v7 as uuidv7 } from 'uuid';
import { compile } from '../../src/plan/compile.ts';
import { storePlan } from '../../src/records/plan.ts';
import { SessionModel, findSession, sessionId, sessionWorkflowId, type SessionRow } from '../../src/records/session.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
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

export interface StartedSession {
  session_uuid: string;
  workflow_id: string;
  /** Resolves when the workflow has ended, however. */
  ended(): Promise<SessionRow>;
  agents(): Promise<SessionAgentRow[]>;
}

/** Starts a session as the operation does, beneath it: a compiled plan, a record, a workflow. */
export async function startSession(worker: TestWorker, agents: TestAgent[], more: Partial<SessionRow> = {}): Promise<StartedSession> {
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
  const { partition_key } = worker;
  const session_uuid = uuidv7();
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
    status: 'initial',
    max_parallel: 100,
    workflow_id,
    created_at: now,
    updated_at: now,
    ...more,
  });
  const handle = await worker.client.workflow.start('session', {
    workflowId: workflow_id,
    taskQueue: worker.task_queue,
    args: [{ partition_key, session_uuid }],
  });
  return {
    session_uuid,
    workflow_id,
    async ended() {
      await handle.result().catch(() => undefined);
      return (await findSession(partition_key, session_uuid))!;
    },
    agents: () => SessionAgentModel.find({ partition_key, session_uuid }).sort({ node: 1, subtask_index: 1 }).lean<SessionAgentRow[]>(),
  };
}
