import { proxyActivities } from '@temporalio/workflow';
import type { Shape } from '../shape.ts';
import type { runStep } from './activities.ts';

const activities = proxyActivities<{ runStep: runStep }>({ startToCloseTimeout: '10 minutes' });

/** What a good engineer writes by hand for one known graph: a promise a step, and a bound on how many run at once. */
export async function baselineSession(input: { session_id: string; nodes: Shape['nodes']; max_parallel: number }): Promise<string> {
  let free = input.max_parallel;
  const waiting: Array<() => void> = [];
  const ends: Array<Promise<string>> = [];

  const run = async (step: number): Promise<string> => {
    const { predecessors, delay_ms, output_bytes } = input.nodes[step]!;
    await Promise.all(predecessors.map((predecessor) => ends[predecessor]));
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await activities.runStep({ session_id: input.session_id, step, delay_ms, output_bytes });
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };

  for (let step = 0; step < input.nodes.length; step++) ends.push(run(step));
  const references = await Promise.all(ends);
  return references[references.length - 1]!;
}
