import type { Client } from '@temporalio/client';
import { median } from './median.ts';
import { small } from './shape.ts';
import type { Side } from './side.ts';

export interface Throughput {
  sessions: number;
  at_a_time: number;
  repeats: number;
  by_hand_per_s: number;
  engine_per_s: number | null;
  ratio: number | null;
}

/** Sessions of five agents a second, a fixed number of them always in flight, on both sides in turn. */
export async function compareThroughput(client: Client, sides: readonly Side[], size: { sessions: number; at_a_time: number; repeats: number }): Promise<Throughput> {
  const starts = await Promise.all(sides.map((side) => side.prepare(small())));
  const rates: number[][] = sides.map(() => []);
  for (let repeat = 0; repeat < size.repeats; repeat++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const index = (turn + repeat) % sides.length;
      rates[index]!.push(await sessionsPerSecond(client, starts[index]!, size));
    }
  }
  const [byHand, engine] = rates.map(median);
  return { ...size, by_hand_per_s: byHand!, engine_per_s: engine ?? null, ratio: engine === undefined ? null : engine / byHand! };
}

async function sessionsPerSecond(client: Client, start: () => Promise<string>, size: { sessions: number; at_a_time: number }): Promise<number> {
  let left = size.sessions;
  const began = performance.now();
  await Promise.all(Array.from({ length: size.at_a_time }, async () => {
    while (left-- > 0) await client.workflow.getHandle(await start()).result();
  }));
  return size.sessions / ((performance.now() - began) / 1_000);
}
