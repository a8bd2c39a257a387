import type { Side, Surroundings } from './side.ts';

/** The engine itself, started as a user starts it. */
export async function engineSide(_surroundings: Surroundings): Promise<Side | null> {
  return null;
}
