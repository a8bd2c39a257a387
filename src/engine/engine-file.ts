import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownProcess } from './process-identity.ts';

export interface RunningProgram extends KnownProcess {
  program: string;
  port: number;
  ui_port?: number;
}

/** What `<dataDir>/engine.json` says: who runs the engine of this folder, and which processes it is. */
export interface EngineFile {
  owner: KnownProcess | null;
  mongod: RunningProgram | null;
  temporal: RunningProgram | null;
}

const EMPTY: EngineFile = { owner: null, mongod: null, temporal: null };

export function readEngineFile(dataDir: string): EngineFile {
  let text: string;
  try {
    text = readFileSync(join(dataDir, 'engine.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    throw error;
  }
  try {
    return { ...EMPTY, ...(JSON.parse(text) as Partial<EngineFile>) };
  } catch (error) {
    throw new Error(`${join(dataDir, 'engine.json')} is not valid JSON; end the mongod and temporal of that folder and delete it`, { cause: error });
  }
}

/** Synchronous, so that no crash can come between a spawn and its being written down. */
export function writeEngineFile(dataDir: string, change: Partial<EngineFile>): void {
  const path = join(dataDir, 'engine.json');
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ ...readEngineFile(dataDir), ...change }, null, 2)}\n`);
  renameSync(temporary, path);
}
