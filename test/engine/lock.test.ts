import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { withLock } from '../../src/engine/lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'ace-lock-'));
const path = join(folder, 'below', 'lock');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a lock is waited for, and free again when its holder is killed', async () => {
  const holder = fork(fileURLToPath(new URL('./lock-holder.ts', import.meta.url)), [path], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(holder, 'message');
  const order: string[] = [];
  const taken = withLock(path, (line) => {
    order.push(line);
    holder.kill('SIGKILL');
  }, async () => order.push('taken'));
  await taken;
  expect(order).toEqual([`Waiting for another process that holds ${path}`, 'taken']);
});

test('within one process two works exclude each other, and a work that throws gives the lock back', async () => {
  let inside = 0;
  const work = async () => {
    inside += 1;
    await new Promise(setImmediate);
    expect(inside).toBe(1);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, () => undefined, work)));
  await expect(withLock(path, () => undefined, () => Promise.reject(new Error('failed work')))).rejects.toThrow('failed work');
  await withLock(path, () => undefined, work);
});
