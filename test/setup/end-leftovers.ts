import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEngineFile } from '../../src/engine/engine-file.ts';
import { isAlive } from '../../src/engine/process-identity.ts';
import { stopEngine } from '../../src/engine/stop-engine.ts';

export const TEST_DATA_PREFIX = 'ace-test-';

/** Ends the engines of test runs that were killed before they could: exactly the processes that their folders name. */
export async function endLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(TEST_DATA_PREFIX))) {
    const dataDir = join(tmpdir(), name);
    if (!existsSync(join(dataDir, 'engine.json'))) continue;
    const { owner } = readEngineFile(dataDir);
    if (owner === null || isAlive(owner)) continue;
    await stopEngine(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  }
}
