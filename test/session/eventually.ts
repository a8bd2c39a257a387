import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 25;

/** Reads until `check` is true of what was read, and answers that. Errors: rejects after `deadlineMs`, with what it read last. */
export async function eventually<T>(read: () => Promise<T>, check: (value: T) => boolean, deadlineMs = 30_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (check(value)) return value;
    if (Date.now() > deadline) throw new Error(`It did not come to that in ${deadlineMs} ms. Last read: ${JSON.stringify(value)?.slice(0, 2_000)}`);
    await sleep(EVERY_MS);
  }
}
