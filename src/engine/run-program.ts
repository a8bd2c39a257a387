import { execFile } from 'node:child_process';

/**
 * Runs a program to its end and answers what it printed (standard output, then standard error).
 * Errors: rejects in one line when it cannot be run, fails, or takes longer than `timeoutMs`.
 */
export function runProgram(program: string, args: string[], options: { timeoutMs?: number; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  const timeout = options.timeoutMs ?? 20_000;
  return new Promise((resolve, reject) => {
    const settings = { timeout, killSignal: 'SIGKILL' as const, maxBuffer: 16 << 20, env: options.env ?? process.env };
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout + stderr);
      const code = typeof error.code === 'number' ? `ended with code ${error.code}` : error.code ?? `ended by ${error.signal ?? 'itself'}`;
      const why = error.killed ? `took longer than ${timeout / 1000} s` : code;
      const last = stderr.trim().split('\n').at(-1)?.slice(0, 300);
      reject(new Error(`${program} ${why}${last ? ` (${last})` : ''}`, { cause: error }));
    });
  });
}
