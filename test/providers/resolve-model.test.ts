import { afterEach, describe, expect, test } from '@jest/globals';
import { EngineError } from '../../src/errors.ts';
import { setLocalModelPath } from '../../src/providers/local-model-path.ts';
import { VENDORS } from '../../src/providers/registry.ts';
import { defaultModel, parseModel, resolveModel } from '../../src/providers/resolve-model.ts';

const own = (env: NodeJS.ProcessEnv) => ({ is_default_project: true, env });
const other = (env: NodeJS.ProcessEnv) => ({ is_default_project: false, env });

function thrown(run: () => unknown): unknown {
  try {
    return void run();
  } catch (error) {
    return error;
  }
}

describe('resolveModel', () => {
  test('takes the vendor before the first slash and gives it its key and address', () => {
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    expect(resolveModel('openai/meta/llama-9', own(env))).toMatchObject({
      vendor: 'openai', model: 'meta/llama-9', credentials: { api_key: 'k', base_url: 'http://127.0.0.1:1/v1' },
    });
    expect(resolveModel('scripted/any', other({}))).toMatchObject({ vendor: 'scripted', model: 'any', credentials: {} });
  });

  test.each(['gpt-9', 'acme/gpt-9', 'openai/', '/x', '', 'constructor/x', `${'x'.repeat(10_000)}/y`])('%.20s is a model of no known vendor', (model) => {
    const error = thrown(() => parseModel(model));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'agent.unknown_model', status: 422, errors: [{ path: 'model' }] });
    for (const vendor of Object.keys(VENDORS)) expect((error as Error).message).toContain(vendor);
    expect((error as Error).message.length).toBeLessThan(400);
  });

  test('without a key the vendor is not configured', () => {
    expect(thrown(() => resolveModel('anthropic/claude', own({})))).toMatchObject({ code: 'provider.not_configured', retryable: false });
  });

  test('a compatible server of one\'s own needs no key', () => {
    expect(resolveModel('openai/qwen', own({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' })).credentials).toEqual({ base_url: 'http://127.0.0.1:1/v1' });
  });

  test('the operator\'s keys serve other projects only when shared', () => {
    const env = { ANTHROPIC_API_KEY: 'k' };
    expect(thrown(() => resolveModel('anthropic/claude', other(env)))).toMatchObject({ code: 'provider.not_configured' });
    // Both spellings that the configuration takes.
    for (const ACE_SHARE_ENV_KEYS of ['true', '1']) {
      expect(resolveModel('anthropic/claude', other({ ...env, ACE_SHARE_ENV_KEYS })).credentials).toEqual({ api_key: 'k' });
    }
  });
});

describe('defaultModel', () => {
  afterEach(() => setLocalModelPath(undefined));

  test('is of a vendor with a key, else local, else scripted', () => {
    expect(defaultModel(own({ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }))).toMatch(/^anthropic\//);
    expect(defaultModel(own({ OPENAI_API_KEY: 'k' }))).toMatch(/^openai\//);
    expect(defaultModel(own({}))).toBe('local/smollm2-135m-instruct');
    setLocalModelPath(null);
    expect(defaultModel(own({}))).toBe('scripted/default');
  });

  test('never uses a key that the project may not use', () => {
    expect(defaultModel(other({ ANTHROPIC_API_KEY: 'k' }))).toBe('local/smollm2-135m-instruct');
    expect(resolveModel(null, other({ ANTHROPIC_API_KEY: 'k' })).vendor).toBe('local');
  });
});
