import type { ChildProcess } from 'node:child_process';

/** Ends a helper process when this process exits; a Ctrl-C reaches it by itself, a SIGTERM to this process does not. */
export function endWithUs(child: ChildProcess): void {
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}
