import { readEngineFile } from './engine-file.ts';
import { isAlive } from './process-identity.ts';
import { stopProcess } from './stop-process.ts';

/**
 * Ends the engine of a data folder, Temporal before mongod, unless another process that still lives has started it.
 * For a signal that comes while `startEngine` has not resolved yet, and for folders whose starter was killed.
 */
export async function stopEngine(dataDir: string): Promise<void> {
  const { owner, temporal, mongod } = readEngineFile(dataDir);
  if (owner !== null && owner.pid !== process.pid && isAlive(owner)) return;
  // In this order: Temporal's last writes and the workers' drain come before the database of the records ends.
  for (const program of [temporal, mongod]) {
    if (program !== null) await stopProcess(program);
  }
}
