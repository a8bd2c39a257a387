import { randomUUID } from 'node:crypto';
import { startChild } from '../child-process.ts';
import type { Side, Surroundings } from '../side.ts';
import type { baselineSession } from './workflow.ts';

/** The hand-written Temporal workflow that the engine is measured against. */
export async function baselineSide({ client, temporal_address, mongodb_uri, max_parallel }: Surroundings): Promise<Side> {
  const worker = startChild(new URL('./worker.ts', import.meta.url), { TEMPORAL_ADDRESS: temporal_address, MONGODB_URI: mongodb_uri });
  await Promise.race([worker.ready, worker.died]);
  return {
    name: 'by hand',
    died: worker.died,
    async prepare({ nodes }) {
      return async () => {
        const workflowId = `baseline-${randomUUID()}`;
        await client.workflow.start<typeof baselineSession>('baselineSession', { workflowId, taskQueue: 'bench-baseline', args: [{ session_id: workflowId, nodes, max_parallel }] });
        return workflowId;
      };
    },
    close: worker.stop,
  };
}
