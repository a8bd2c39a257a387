import { expect, test } from '@jest/globals';
import type { ModelCall, ModelRequest, ModelResponse, Provider } from '../../src/providers/provider.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';

/** What a vendor can be made to do; a subject lists those that it has. */
export type Behaviour =
  | 'answers' | 'answers_json' | 'runs_long' | 'stops_at_length' | 'goes_silent' | 'breaks_off' | 'refuses'
  | 'prompt_too_long' | 'unknown_model';

export interface Arranged {
  request: Partial<ModelRequest>;
  credentials?: ModelCall['credentials'];
}

export interface Subject {
  provider: Provider;
  behaviours: Behaviour[];
  /** Makes the vendor behave so towards the request that it returns. */
  arrange(behaviour: Behaviour): Arranged | Promise<Arranged>;
}

export interface Outcome {
  response?: ModelResponse;
  error?: unknown;
  pieces: string[];
}

export const SCHEMA = {
  type: 'object',
  properties: { score: { type: 'integer', minimum: 0, maximum: 10 }, verdict: { type: 'string', enum: ['good', 'bad'] } },
  required: ['score', 'verdict'],
  additionalProperties: false,
};

/** Calls a provider and reports how it ended, without throwing. */
export async function call(provider: Provider, arranged: Arranged, options: Partial<ModelCall> = {}): Promise<Outcome> {
  const pieces: string[] = [];
  const request: ModelRequest = {
    model: 'test-model', instructions: 'You help.', messages: [{ role: 'user', content: 'Say something.' }], config: {}, ...arranged.request,
  };
  const { on_text, ...rest } = options;
  const answer = provider.call(request, {
    signal: new AbortController().signal, attempt: 1, credentials: arranged.credentials ?? {}, idle_timeout_ms: 30_000, ...rest,
    on_text(text) {
      pieces.push(text);
      on_text?.(text);
    },
  });
  return answer.then((response) => ({ response, pieces }), (error: unknown) => ({ error, pieces }));
}

/** What every provider promises, whatever is behind it. */
export function providerContract({ provider, behaviours, arrange }: Subject): void {
  const testIf = (behaviour: Behaviour) => (title: string, run: () => Promise<void>) => {
    if (behaviours.includes(behaviour)) test(title, run);
  };
  const failure = async (behaviour: Behaviour, options: Partial<ModelCall> = {}) => {
    const { error } = await call(provider, await arrange(behaviour), options);
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  };

  test('streams its text in order, and answers with the whole, usage, model and finish reason', async () => {
    const { response, pieces, error } = await call(provider, await arrange('answers'));
    expect(error).toBeUndefined();
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces).not.toContain('');
    expect(pieces.join('')).toBe(response?.text);
    expect(response?.finish_reason).toBe('stop');
    expect(response?.model).toEqual(expect.any(String));
    expect(response?.usage.input_tokens).toBeGreaterThan(0);
    expect(response?.usage.output_tokens).toBeGreaterThan(0);
    expect(response?.usage.cached_input_tokens).toBeGreaterThanOrEqual(0);
  });

  test('answers with JSON that fits the output schema', async () => {
    const arranged = await arrange('answers_json');
    const { response } = await call(provider, { ...arranged, request: { ...arranged.request, output_schema: SCHEMA } });
    const output = JSON.parse(response?.text ?? '') as { score: number; verdict: string };
    expect(Object.keys(output)).toEqual(['score', 'verdict']);
    expect(Number.isInteger(output.score) && output.score >= 0 && output.score <= 10).toBe(true);
    expect(['good', 'bad']).toContain(output.verdict);
  });

  test('an abort in mid-stream ends the call with the reason of the abort', async () => {
    const controller = new AbortController();
    const reason = new Error('the session was cancelled');
    const { error, pieces } = await call(provider, await arrange('runs_long'), {
      signal: controller.signal, on_text: () => controller.abort(reason),
    });
    expect(error).toBe(reason);
    expect(pieces).toHaveLength(1);
  });

  test('a call aborted before it began asks nobody', async () => {
    const reason = new Error('too late');
    const { error, pieces } = await call(provider, await arrange('answers'), { signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect(pieces).toEqual([]);
  });

  test('the deadline ends a call that goes on', async () => {
    const error = await failure('runs_long', { deadline_ms: 200 });
    expect(error).toMatchObject({ code: 'provider.deadline', retryable: true });
  });

  test('answers again after calls that were given up', async () => {
    const { response } = await call(provider, await arrange('answers'));
    expect(response?.text).not.toBe('');
  });

  test('says that it is available', async () => {
    const { credentials = {} } = await arrange('answers');
    expect(await provider.check(credentials, new AbortController().signal)).toEqual({ available: true });
  });

  testIf('stops_at_length')('says that the answer was ended by its length', async () => {
    const { response } = await call(provider, await arrange('stops_at_length'));
    expect(response?.finish_reason).toBe('length');
  });

  testIf('goes_silent')('a stream without content is given up as idle', async () => {
    expect(await failure('goes_silent', { idle_timeout_ms: 100 })).toMatchObject({ code: 'provider.idle', retryable: true });
  });

  testIf('breaks_off')('a stream without its finish marker was cut', async () => {
    const { error, pieces } = await call(provider, await arrange('breaks_off'));
    expect(error).toMatchObject({ name: 'ProviderError', code: 'provider.stream_cut', retryable: true });
    expect(pieces.length).toBeGreaterThan(0);
  });

  testIf('refuses')('a refusal is not retried', async () => {
    expect(await failure('refuses')).toMatchObject({ code: 'provider.refused', retryable: false });
  });

  testIf('prompt_too_long')('a prompt over the context is not retried', async () => {
    expect(await failure('prompt_too_long')).toMatchObject({ code: 'provider.context_exceeded', retryable: false });
  });

  testIf('unknown_model')('an unknown model is not retried', async () => {
    expect(await failure('unknown_model')).toMatchObject({ code: 'provider.unknown_model', retryable: false });
  });
}
