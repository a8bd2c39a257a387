import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const STOPPED_WITHIN_MS = 20_000;

export interface Child {
  /** Resolves when the child sends the message `ready`. */
  ready: Promise<void>;
  /** Rejects when the child ends without having been asked to. */
  died: Promise<never>;
  /** Ends it with SIGTERM, and with SIGKILL where that takes longer than 20 s. */
  stop(): Promise<void>;
}

/** Starts a TypeScript file in a Node of its own. */
export function startChild(file: URL, env: Record<string, string>): Child {
  const child = fork(fileURLToPath(file), { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let asked = false;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
  const died = new Promise<never>((_, reject) => {
    void ended.then((code) => {
      if (!asked) reject(new Error(`${file.pathname} ended with code ${code} in the middle of the bench`));
    });
  });
  // Whoever waits for the side sees it; without this a child that dies between two waits would end the bench before its clean-up.
  died.catch(() => {});
  return {
    ready,
    died,
    async stop() {
      asked = true;
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      await ended;
      clearTimeout(forced);
    },
  };
}
