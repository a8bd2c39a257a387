import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { localModelPath, setLocalModelPath } from '../../src/providers/local-model-path.ts';
import { whichModel } from '../../workers/which-model.ts';

const before = { ...process.env };
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'ace-test-cache-'));
  Object.assign(process.env, { ACE_CACHE: cache, OPENAI_API_KEY: 'sk-test', ANTHROPIC_API_KEY: '', ACE_LOCAL_MODEL: '' });
});
afterEach(() => {
  setLocalModelPath(undefined);
  process.env = { ...before };
  rmSync(cache, { recursive: true, force: true });
});

const refuse = (line: string): void => {
  throw new Error(`Nothing is to be fetched: ${line}`);
};

test("with a vendor's key the vendor is the default, and the local model that lies in the cache can be named", async () => {
  writeFileSync(join(cache, 'smollm2-135m-instruct.gguf'), 'GGUF');
  expect(await whichModel(readConfig({}), refuse)).toMatch(/^openai\//);
  expect(localModelPath(process.env)).toBe(join(cache, 'smollm2-135m-instruct.gguf'));
});

test("with a vendor's key nothing is fetched", async () => {
  expect(await whichModel(readConfig({}), refuse)).toMatch(/^openai\//);
  expect(localModelPath(process.env)).toBeUndefined();
});

test('ACE_MODEL goes before a key', async () => {
  expect(await whichModel(readConfig({ ACE_MODEL: 'anthropic/claude-haiku-4-5' }), refuse)).toBe('anthropic/claude-haiku-4-5');
});
