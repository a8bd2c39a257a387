import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type KnownProcess } from './process-identity.ts';

/** The last lines of a log, for an error message. */
function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch (error) {
    return `(${path} cannot be read: ${(error as Error).message})`;
  }
}

/**
 * Asks `check` again and again until it resolves to true.
 * Errors: rejects with the end of the program's log when it ends first, or does not answer within `timeoutMs`.
 */
export async function waitUntilAnswers(
  program: { name: string; known: KnownProcess; logFile: string },
  check: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    const ended = !isAlive(program.known);
    if (ended || Date.now() > deadline) {
      const what = ended ? 'ended before it answered' : `did not answer within ${Math.round(timeoutMs / 1000)} s`;
      throw new Error(`${program.name} ${what}. The end of ${program.logFile}:\n${tail(program.logFile)}`, { cause: last });
    }
    await delay(50);
  }
}
