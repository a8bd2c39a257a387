import { readEngineFile } from './engine-file.ts';
import { isAlive } from './process-identity.ts';
import { stopProcess } from './stop-process.ts';

/**
 * Ends the engine of a data folder, Temporal before mongod, unless another process that still lives has started it.
 * For a signal that comes while `startEngine` has not resolved yet, and for folders whose starter was killed.
 */
export async function stopEngine(dataDir: string): Promise<void> {
  for (;;) {
    const { owner, temporal, mongod } = readEngineFile(dataDir);
    if (owner !== null && owner.pid !== process.pid && isAlive(owner)) return;
    // Temporal's last writes and the workers' drain come before the database of the records ends.
    const next = [temporal, mongod].find((program) => program !== null && isAlive(program));
    if (!next) return;
    // Read again afterwards: a start that is still under way may have written down another program.
    await stopProcess(next);
  }
}
