// Started by lock.test.ts as a process of its own: takes the lock, says so, and stays.
import { withLock } from '../../src/engine/lock.ts';

await withLock(process.argv[2] as string, () => undefined, async () => {
  process.send?.('held');
  await new Promise<never>(() => process.on('message', () => undefined));
});
