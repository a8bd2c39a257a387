import type { Engine } from '../engine/start-engine.ts';
import { sayOver, style } from './terminal.ts';

const EVERY_MS = 1_000;

/** Says when a server ends by itself: without it nothing goes on, and the page of an API tells nobody. Answers how to end it. */
export function watchServers(engine: Pick<Engine, 'ended'>): () => void {
  const told = new Set<string>();
  const watch = setInterval(() => {
    for (const { name, log } of engine.ended().filter((one) => !told.has(one.name))) {
      told.add(name);
      sayOver(style('red', `${name} has ended by itself; ${log} may say why. Press Ctrl-C and start again: every session goes on where it was.`));
    }
  }, EVERY_MS);
  return () => clearInterval(watch);
}
