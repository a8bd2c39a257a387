import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';

/**
 * Runs `work` while no other process runs one under the same `path`; waits as long as it takes, and says so once.
 * The lock is SQLite's on a file, which the operating system lets go of when its holder dies, however it dies.
 */
export async function withLock<T>(path: string, log: Log, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    let told = false;
    for (;;) {
      try {
        database.exec('BEGIN EXCLUSIVE');
        break;
      } catch (error) {
        if ((error as { errcode?: number }).errcode !== 5) throw error;
        if (!told) log(`Waiting for another process that holds ${path}`);
        told = true;
        await delay(100);
      }
    }
    return await work();
  } finally {
    database.close();
  }
}
