import { describe, expect, test } from '@jest/globals';
import { scripted } from '../../src/providers/scripted.ts';
import { ScriptedConfig, type ScriptEntry } from '../../src/providers/scripted-config.ts';
import { call, providerContract, SCHEMA, type Behaviour } from './contract.ts';

const script = (...entries: ScriptEntry[]) => ({ request: { config: { script: entries } } });

const ARRANGED: Partial<Record<Behaviour, ScriptEntry[]>> = {
  answers: [{ text: 'Tea came to Europe by sea.', chunk_ms: 0 }],
  answers_json: [],
  runs_long: [{ text: 'word '.repeat(10_000), chunk_ms: 5 }],
  goes_silent: [{ hang: true }],
  breaks_off: [{ text: 'one two three four', chunk_ms: 0, cut: true }],
  refuses: [{ error: { code: 'provider.refused' } }],
  prompt_too_long: [{ error: { code: 'provider.context_exceeded' } }],
  unknown_model: [{ error: { code: 'provider.unknown_model' } }],
};

describe('scripted', () => {
  providerContract({
    provider: scripted,
    behaviours: Object.keys(ARRANGED) as Behaviour[],
    arrange: (behaviour) => script(...(ARRANGED[behaviour] ?? [])),
  });

  const text = async (arranged: ReturnType<typeof script> | { request: object }, attempt = 1) => {
    const { response, error } = await call(scripted, arranged, { attempt });
    if (error) throw error;
    return response?.text;
  };

  test('without a script it says what it was asked', async () => {
    expect(await text({ request: { messages: [{ role: 'user', content: 'Write about tea.' }] } })).toContain('Write about tea.');
  });

  test('without a script it fits the schema', async () => {
    expect(JSON.parse(await text({ request: { output_schema: SCHEMA } }) ?? '')).toEqual({ score: 1, verdict: 'good' });
  });

  test('uses the first entry that matches instructions or a message', async () => {
    const entries = [{ when: 'coffee', text: 'C' }, { when: 'tea', text: 'T' }, { text: 'else' }];
    const asked = (content: string, instructions = '') => ({ request: { instructions, messages: [{ role: 'user' as const, content }], config: { script: entries } } });
    expect(await text(asked('about tea'))).toBe('T');
    expect(await text(asked('about it', 'You like coffee and tea'))).toBe('C');
    expect(await text(asked('about milk'))).toBe('else');
  });

  test('an entry for the first attempts lets later ones through', async () => {
    const arranged = script({ times: 2, error: { code: 'provider.overloaded', message: 'busy', retry_after_ms: 40 } }, { text: 'at last' });
    expect((await call(scripted, arranged, { attempt: 2 })).error).toMatchObject({
      code: 'provider.overloaded', message: 'busy', retryable: true, retry_after_ms: 40,
    });
    expect(await text(arranged, 3)).toBe('at last');
  });

  test('writes JSON, echoes its prompt, and fills any size', async () => {
    expect(await text(script({ json: { a: [1] } }))).toBe('{"a":[1]}');
    expect(await text({ request: { instructions: 'I', messages: [{ role: 'user', content: 'M' }], config: { script: [{ echo: true }] } } })).toBe('I\n\nM');
    expect(await text(script({ output_bytes: 100_000 }))).toHaveLength(100_000);
    expect(await text(script({ text: '' }))).toBe('');
  });

  test('a delay is not idleness, and can be aborted', async () => {
    const { response } = await call(scripted, script({ delay_ms: 120, text: 'late' }), { idle_timeout_ms: 30 });
    expect(response?.text).toBe('late');
    const controller = new AbortController();
    const waiting = call(scripted, script({ delay_ms: 3_600_000, text: 'never' }), { signal: controller.signal });
    controller.abort('enough');
    expect((await waiting).error).toBe('enough');
  });

  test('refuses a script with a slip in it', async () => {
    expect(ScriptedConfig.safeParse({ script: [{ txt: 'typo' }] }).success).toBe(false);
    const { error } = await call(scripted, { request: { config: { script: [{ txt: 'typo' }] } } });
    expect(error).toMatchObject({ code: 'provider.bad_request', retryable: false, message: expect.stringContaining('script.0') });
  });
});
