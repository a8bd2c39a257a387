import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { processIdentity, type KnownProcess } from './process-identity.ts';

const LOG_BYTES = 20 << 20;

/** What a server needs of the environment; keys of model vendors are none of it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'TZ', 'USERPROFILE', 'LOCALAPPDATA', 'SystemRoot', 'GOMAXPROCS', 'GOMEMLIMIT'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Keeps one earlier log, so that a data folder that lives for months does not fill the disk. */
function openLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches Node alone and Node can end things in order.
 * Its output is appended to `logFile`. Errors: rejects when the program cannot be executed.
 */
export async function spawnDetached(program: string, args: string[], logFile: string): Promise<KnownProcess> {
  const output = openLog(logFile);
  try {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env: plainEnvironment() });
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
