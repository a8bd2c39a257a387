import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { folderSize } from './folder-size.ts';
import type { Log } from './log.ts';
import { showProgress } from './show-progress.ts';

const STALLED_AFTER_MS = 60_000;

export type Vendor = 'temporal' | 'mongod' | 'local-model';

/**
 * Runs a vendor's own downloader, which puts one file into `folder`; answers its path. It runs in a process of its own,
 * because none of the downloaders can be called off and this ends it when no byte has come for a minute.
 */
export async function vendorDownload(vendor: Vendor, folder: string, options: { env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const child = fork(fileURLToPath(new URL('./vendor-download-process.ts', import.meta.url)), [vendor, folder], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { ...options.env, NODE_USE_ENV_PROXY: '1' },
  });
  let size = 0;
  let grown = Date.now();
  const watch = setInterval(() => {
    const now = folderSize(folder);
    if (now !== size) grown = Date.now();
    size = now;
    if (Date.now() - grown > STALLED_AFTER_MS) child.kill('SIGKILL');
  }, 500);
  const stop = showProgress(options.log, `Downloading ${vendor}`, () => ({ text: `${Math.round(size / 1e6)} MB` }));
  try {
    return await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('message', (message: { path?: string; error?: string }) => {
        if (message.path) resolve(message.path);
        else reject(new Error(message.error));
      });
      child.once('exit', (code, signal) => {
        reject(new Error(signal === 'SIGKILL' ? `the download stood still for ${STALLED_AFTER_MS / 1000} s` : `the downloader ended with ${code ?? signal}`));
      });
    });
  } finally {
    clearInterval(watch);
    stop();
    child.kill('SIGKILL');
  }
}
