import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { endWithUs } from './end-with-us.ts';
import type { Log } from './log.ts';
import { runProgram } from './run-program.ts';
import { showProgress } from './show-progress.ts';
import { TEMPORAL_VERSION } from './temporal-version.ts';

const SOURCE = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`;
/** Lines that `go install -v` prints when nothing was compiled before. */
const PACKAGES = 1_500;

/**
 * Builds the Temporal CLI from its source into an empty folder; answers the path of the program.
 * Errors: rejects with Go's last line.
 */
export async function buildTemporal(go: string, folder: string, options: { env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const version = (await runProgram(go, ['version'], { env: options.env })).trim();
  options.log(`Temporal server: building ${SOURCE} with ${version}; about 4 minutes on two processors`);
  const bin = join(folder, 'bin');
  await install(go, { ...options.env, GOBIN: bin, CGO_ENABLED: '0', GOFLAGS: '' }, options.log);
  return join(bin, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}

function install(go: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(go, ['install', '-v', SOURCE], { stdio: ['ignore', 'ignore', 'pipe'], env });
    endWithUs(child);
    let downloaded = 0;
    let compiled = 0;
    let last = '';
    child.stderr.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n').filter((text) => text.trim() !== '')) {
        if (line.startsWith('go: ')) downloaded += 1;
        else compiled += 1;
        last = line;
      }
    });
    const stop = showProgress(log, 'Building Temporal', () => (compiled === 0
      ? { text: `${downloaded} modules downloaded` }
      : { text: `${compiled} of about ${PACKAGES} packages compiled`, share: compiled / PACKAGES }));
    child.once('error', (error) => {
      stop();
      reject(error);
    });
    child.once('close', (code, signal) => {
      stop();
      if (code === 0) resolve();
      else reject(new Error(`go install ended with ${code ?? signal} (${last.slice(0, 300)})`));
    });
  });
}
