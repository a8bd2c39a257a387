// Runs before the npm scripts, on the Node of the machine (20 or newer) and with nothing installed: plain JavaScript
// and Node's own modules only. The folder of the project may be given as an argument.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const LOCK_IS_STALE_AFTER_MS = 60_000;

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
const modules = join(root, 'node_modules');
const stampPath = join(modules, '.ace-installed-from');
// Beside node_modules, because npm ci deletes that folder.
const lockPath = join(root, '.ace-install.lock');

const say = (text) => process.stderr.write(`${text}\n`);

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Another platform or processor gets other native packages from the same lock file. */
function stampOf(lockText) {
  return `${createHash('sha256').update(lockText).digest('hex')} ${process.platform} ${process.arch}\n`;
}

/** Packages of a lock file by folder, without the project itself. */
function packagesOf(lockText) {
  return Object.entries(JSON.parse(lockText).packages).filter(([folder]) => folder !== '');
}

/** Whether a plain `npm install` has installed exactly this lock file: npm writes down what it put into node_modules. */
function npmHasInstalled(lockText) {
  const written = readOrNull(join(modules, '.package-lock.json'));
  if (written === null) return false;
  const present = new Map(packagesOf(written));
  return packagesOf(lockText).every(([folder, { version, integrity, optional, devOptional }]) => {
    const found = present.get(folder);
    return found ? found.version === version && found.integrity === integrity : Boolean(optional || devOptional);
  });
}

function isInstalled(lockText) {
  if (readOrNull(stampPath) === stampOf(lockText)) return true;
  if (!npmHasInstalled(lockText)) return false;
  writeFileSync(stampPath, stampOf(lockText));
  return true;
}

/** A holder that died has no process, or (its pid may serve another one now) no longer touches the file. */
function lockIsStale(path) {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return false;
  if (Date.now() - touched > LOCK_IS_STALE_AFTER_MS) return true;
  const pid = Number(readOrNull(path));
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

async function takeLock() {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!told) say('Another process is installing the dependencies; waiting for it');
    if (lockIsStale(lockPath)) {
      // Only one of several waiting processes succeeds in taking the old file away.
      try {
        renameSync(lockPath, `${lockPath}.${process.pid}`);
        rmSync(`${lockPath}.${process.pid}`);
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
    }
    await delay(200);
  }
}

/** Prints how many of the packages have a folder by now; answers how to end it. */
function showProgress(lockText) {
  const folders = packagesOf(lockText).filter(([, entry]) => !entry.optional).map(([folder]) => join(root, folder));
  const started = Date.now();
  const terminal = process.stderr.isTTY;
  const ticker = setInterval(() => {
    const done = folders.filter((folder) => existsSync(folder)).length;
    const text = `Installing dependencies: ${done} of ${folders.length} packages, ${Math.round((Date.now() - started) / 1000)} s`;
    process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
  }, terminal ? 500 : 10_000);
  return () => {
    clearInterval(ticker);
    if (terminal) process.stderr.write('\r\x1b[K');
  };
}

/** The Node inside node_modules cannot run the npm that deletes it. */
function outerNode() {
  const inside = (path) => path.startsWith(modules + sep);
  return [process.execPath, process.env.npm_node_execpath].find((path) => path && !inside(path)) ?? 'node';
}

/** Runs `npm ci`; answers its exit code. Signals go to npm, so that this process outlives it and gives the lock back. */
function npmInstall() {
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [outerNode(), [npm]] : ['npm', []];
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: !npm && process.platform === 'win32' };
  return new Promise((done, reject) => {
    const child = spawn(program, [...first, 'ci', '--no-progress', '--loglevel=error'], options);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => done(code ?? 1));
  });
}

async function install(lockText) {
  await takeLock();
  const touch = setInterval(() => utimesSync(lockPath, new Date(), new Date()), 5_000);
  try {
    if (isInstalled(lockText)) return;
    const why = existsSync(modules) ? 'node_modules was installed from another package-lock.json' : 'none are installed yet';
    say(`Installing dependencies with npm ci: ${why}; about a minute`);
    const stop = showProgress(lockText);
    const code = await npmInstall().finally(stop);
    if (code !== 0) {
      say(`npm ci ended with code ${code}; its messages are above. Nothing was started.`);
      process.exitCode = code;
      return;
    }
    writeFileSync(stampPath, stampOf(lockText));
    say('Dependencies are installed');
  } finally {
    clearInterval(touch);
    rmSync(lockPath, { force: true });
  }
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  say(`Node ${process.versions.node} is too old; ${OLDEST_NODE} or newer is needed`);
  process.exitCode = 1;
} else {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (!isInstalled(lockText)) await install(lockText);
}
