import type { Client } from '@temporalio/client';
import { measureRun, type Measured } from './measure-run.ts';
import { median } from './median.ts';
import type { Shape } from './shape.ts';
import type { Side } from './side.ts';

/** The medians of one side over all runs of a shape. */
export interface SideResult extends Measured {
  steps: number;
  ms_per_step: number;
  events_per_step: number;
  bytes_per_step: number;
}

export interface Comparison {
  shape: string;
  repeats: number;
  by_hand: SideResult;
  engine: SideResult | null;
  /** The engine's makespan by the hand-written one's, or null without an engine. */
  makespan_ratio: number | null;
}

/** Runs a shape on both sides in turn (by hand first, then the engine where there is one), so that a drift of the machine meets both alike. */
export async function compareShape(client: Client, shape: Shape, more: { sides: readonly Side[]; repeats: number }): Promise<Comparison> {
  const { sides } = more;
  const starts = await Promise.all(sides.map((side) => side.prepare(shape)));
  const runs: Measured[][] = sides.map(() => []);
  for (let repeat = 0; repeat < more.repeats; repeat++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const index = (turn + repeat) % sides.length;
      runs[index]!.push(await measureRun(client, await starts[index]!()));
    }
  }
  const [byHand, engine] = runs.map((list) => resultOf(list, shape.nodes.length));
  return {
    shape: shape.name,
    repeats: more.repeats,
    by_hand: byHand!,
    engine: engine ?? null,
    makespan_ratio: engine ? engine.makespan_ms / byHand!.makespan_ms : null,
  };
}

function resultOf(runs: Measured[], steps: number): SideResult {
  const of = (field: keyof Measured) => median(runs.map((run) => run[field]));
  const result = { makespan_ms: of('makespan_ms'), events: of('events'), history_bytes: of('history_bytes'), activities: of('activities'), runs: of('runs') };
  return { ...result, steps, ms_per_step: result.makespan_ms / steps, events_per_step: result.events / steps, bytes_per_step: result.history_bytes / steps };
}
