import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithUs } from './end-with-us.ts';
import { folderSize } from './folder-size.ts';
import type { Log } from './log.ts';
import { onPath } from './on-path.ts';
import { runProgram } from './run-program.ts';
import { showProgress } from './show-progress.ts';

/** A package of the Python registry, pinned. */
export interface PythonPackage {
  /** `name==version`. */
  requirement: string;
  /** Of the wheel of the only platform that is used; without one pip's own check against the index must do. */
  sha256?: string;
  /** Of what is downloaded, for the progress bar. */
  bytes: number;
}

/** The Python that has pip. Errors: rejects where there is none. */
async function pythonWithPip(env: NodeJS.ProcessEnv): Promise<string> {
  const python = onPath('python3', env) ?? onPath('python', env);
  if (python === null) throw new Error('there is no Python on the PATH');
  try {
    await runProgram(python, ['-m', 'pip', '--version'], { env });
  } catch (error) {
    throw new Error(`${python} has no pip`, { cause: error });
  }
  return python;
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    endWithUs(child);
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-4_000); });
    child.once('error', reject);
    child.once('close', (code) => {
      const last = errors.split('\n').findLast((line) => line.startsWith('ERROR:'));
      if (code === 0) resolve();
      else reject(new Error(`pip ended with code ${code}${last ? ` (${last.slice(7, 250)})` : ''}`));
    });
  });
}

/** Unpacks a package of the Python registry, without its dependencies, into `<folder>/package`; answers that folder. */
export async function unpackPythonPackage(wanted: PythonPackage, folder: string, options: { env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const python = await pythonWithPip(options.env);
  const list = join(folder, 'requirements.txt');
  writeFileSync(list, `${wanted.requirement}${wanted.sha256 ? ` --hash=sha256:${wanted.sha256}` : ''}\n`);
  const target = join(folder, 'package');
  // pip downloads into the temporary folder of its environment, where its growth can be seen.
  const env = { ...options.env, TMPDIR: folder, TEMP: folder, TMP: folder };
  const stop = showProgress(options.log, `Downloading ${wanted.requirement}`, () => {
    const size = folderSize(folder);
    return { text: `${Math.round(size / 1e6)} MB`, share: Math.min(size / wanted.bytes, 1) };
  });
  try {
    await run(python, [
      '-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--no-compile',
      '--no-deps', '--only-binary=:all:', '--target', target, '--requirement', list, '--timeout', '15', '--retries', '2',
    ], env);
  } finally {
    stop();
  }
  return target;
}
