import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { registerSearchAttributes } from '../src/engine/register-search-attributes.ts';
import { startSessionWorkflow } from '../src/operations/session-workflow.ts';
import { compile } from '../src/plan/compile.ts';
import { connectRecords, disconnectRecords } from '../src/records/connect.ts';
import { partitionKey } from '../src/records/partition-key.ts';
import { storePlan } from '../src/records/plan.ts';
import { SessionModel, findSession, sessionId, sessionWorkflowId } from '../src/records/session.ts';
import { startChild } from './child-process.ts';
import type { Shape } from './shape.ts';
import type { Side, Surroundings } from './side.ts';

const TASK_QUEUE = 'bench-engine';
const ENDPOINT = 'local';
const PROJECT = 'bench';

/** The engine: its worker in a process of its own, its sessions started as the operation does it. */
export async function engineSide({ client, connection, temporal_address, mongodb_uri, max_parallel }: Surroundings): Promise<Side> {
  await registerSearchAttributes(connection, 'default');
  await connectRecords(mongodb_uri);
  const worker = startChild(new URL('./engine-worker.ts', import.meta.url), {
    TEMPORAL_ADDRESS: temporal_address, MONGODB_URI: mongodb_uri, ACE_TASK_QUEUE: TASK_QUEUE, LOG_LEVEL: 'warn',
  });
  await Promise.race([worker.ready, worker.died]);
  const partition_key = partitionKey(ENDPOINT, PROJECT);
  return {
    name: 'engine',
    died: worker.died,
    async prepare(shape) {
      const plan_hash = await storePlan(partition_key, planOf(shape));
      const coordination_uuid = uuidv7();
      return async () => {
        const session_uuid = uuidv7();
        const workflow_id = sessionWorkflowId(partition_key, session_uuid);
        const now = new Date();
        await SessionModel.create({
          _id: sessionId(partition_key, session_uuid), partition_key, endpoint_id: ENDPOINT, part_id: PROJECT, session_uuid, coordination_uuid,
          coordination_name: shape.name, version: 1, plan_hash, task_query: 'Go on.', status: 'initial', max_parallel, workflow_id, created_at: now, updated_at: now,
        });
        await startSessionWorkflow(client, TASK_QUEUE, (await findSession(partition_key, session_uuid))!);
        return workflow_id;
      };
    },
    async close() {
      await worker.stop();
      await disconnectRecords();
    },
  };
}

/** One agent for each node; what the model does is laid over it. */
function planOf({ nodes }: Shape) {
  const known_agents = nodes.map((_, step) => ({ agent_uuid: randomUUID(), agent_name: `step ${step}`, agent_type: 'task' as const, model: 'scripted/bench' }));
  const { plan, problems } = compile({
    agents: nodes.map(({ delay_ms, output_bytes }, step) => ({ agent_name: `step ${step}`, instructions: 'Answer.', model: 'scripted/bench', config: { script: [{ delay_ms, output_bytes }] } })),
    agent_actions: Object.fromEntries(nodes.map(({ predecessors }, step) => [`step ${step}`, { predecessors: predecessors.map((predecessor) => `step ${predecessor}`) }])),
  }, { known_agents });
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}
