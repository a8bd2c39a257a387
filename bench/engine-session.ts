import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/engine/free-port.ts';
import { startChild } from './child-process.ts';
import type { Shape } from './shape.ts';
import type { Side, Surroundings } from './side.ts';

const READY_WITHIN_MS = 120_000;

type Call = (method: string, path: string, body: unknown) => Promise<Record<string, string>>;

/** The engine itself: its API and its worker, each in a process of its own, asked over HTTP as a user asks it. */
export async function engineSide({ temporal_address, mongodb_uri, max_parallel, data_dir }: Surroundings): Promise<Side> {
  const port = await freePort();
  const env = {
    TEMPORAL_ADDRESS: temporal_address, MONGODB_URI: mongodb_uri, ACE_DATA_DIR: data_dir, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn',
  };
  const children = [startChild(new URL('../workers/api.ts', import.meta.url), env), startChild(new URL('../workers/worker.ts', import.meta.url), env)];
  const died = Promise.race(children.map((child) => child.died));
  const close = async () => { await Promise.all(children.map((child) => child.stop())); };
  try {
    await Promise.race([died, answers(`http://127.0.0.1:${port}/readyz`)]);
    const call = caller(`http://127.0.0.1:${port}/v1`, (await readFile(join(data_dir, 'admin.key'), 'utf8')).trim());
    let registered = 0;
    return {
      name: 'engine',
      died,
      close,
      async prepare(shape) {
        for (; registered < shape.nodes.length; registered++) await call('POST', '/agents', { agent_name: agentName(registered), agent_type: 'task', instructions: 'Answer.', model: 'scripted/bench' });
        const { coordination_uuid } = await call('POST', '/coordinations', definitionOf(shape));
        return async () => (await call('POST', `/coordinations/${coordination_uuid}/sessions`, { task_query: 'Go on.', max_parallel })).workflow_id!;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function agentName(step: number): string {
  return `step ${step}`;
}

/** The agents are the same in every shape; what the model does is laid over them. */
function definitionOf({ name, nodes }: Shape) {
  return {
    coordination_name: `bench ${name} ${Date.now()}`,
    agents: nodes.map(({ delay_ms, output_bytes }, step) => ({ agent_name: agentName(step), config: { script: [{ delay_ms, output_bytes }] } })),
    agent_actions: Object.fromEntries(nodes.map(({ predecessors }, step) => [agentName(step), { predecessors: predecessors.map(agentName) }])),
  };
}

function caller(base: string, key: string): Call {
  return async (method, path, body) => {
    const response = await fetch(base + path, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return await response.json() as Record<string, string>;
  };
}

async function answers(address: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until) {
    const response = await fetch(address).catch(() => null);
    if (response?.ok) return;
    await sleep(200);
  }
  throw new Error(`${address} did not say that it is ready within ${READY_WITHIN_MS / 1_000} s`);
}
