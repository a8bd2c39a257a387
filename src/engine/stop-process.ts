import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type KnownProcess } from './process-identity.ts';

function send(known: KnownProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(known.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitForEnd(known: KnownProcess, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(known)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/**
 * Ends exactly this process: SIGTERM, and SIGKILL when it still runs after `graceMs`.
 * Resolves when it has ended; rejects when it outlives even SIGKILL by 10 s.
 */
export async function stopProcess(known: KnownProcess, graceMs = 20_000): Promise<void> {
  if (!isAlive(known)) return;
  send(known, 'SIGTERM');
  if (await waitForEnd(known, graceMs)) return;
  if (isAlive(known)) send(known, 'SIGKILL');
  if (!(await waitForEnd(known, 10_000))) throw new Error(`The process ${known.pid} does not end`);
}
