import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { processIdentity, type KnownProcess } from './process-identity.ts';

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches Node alone and Node can end things in order.
 * Its output is appended to `logFile`. Errors: rejects when the program cannot be executed.
 */
export async function spawnDetached(program: string, args: string[], logFile: string): Promise<KnownProcess> {
  const output = openSync(logFile, 'a');
  try {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output] });
    if (child.pid === undefined) {
      await new Promise<never>((_resolve, reject) => child.once('error', reject));
    }
    child.on('error', () => undefined);
    child.unref();
    const pid = child.pid as number;
    return { pid, identity: processIdentity(pid) ?? 'ended' };
  } finally {
    closeSync(output);
  }
}
