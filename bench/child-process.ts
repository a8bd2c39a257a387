import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const READY_WITHIN_MS = 120_000;

/** Starts a TypeScript file in a Node of its own and waits until it says `ready`. Errors: rejects when it ends before. */
export async function startChild(file: URL, env: Record<string, string>): Promise<{ stop(): Promise<void> }> {
  const child = fork(fileURLToPath(file), { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${file.pathname} was not ready within ${READY_WITHIN_MS / 1_000} s`)), READY_WITHIN_MS);
    child.once('exit', (code) => reject(new Error(`${file.pathname} ended with ${code} before it was ready`)));
    child.on('message', (message) => {
      if (message !== 'ready') return;
      clearTimeout(late);
      resolve();
    });
  });
  return { stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(forced);
}
