import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openai } from '../../src/providers/openai.ts';
import { call, SCHEMA } from './contract.ts';
import { API_KEY, hostedContract } from './hosted-contract.ts';
import { rawVendor, startStream, type RawVendor } from './raw-vendor.ts';

const chunk = (choice: object | null, more: object = {}) => `data: ${JSON.stringify({
  id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test-2026',
  choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [], ...more,
})}\n\n`;
const text = (content: string) => chunk({ delta: { content } });
const usage = chunk(null, { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11, prompt_tokens_details: { cached_tokens: 4 } } });
const finish = `${chunk({ delta: {}, finish_reason: 'stop' })}${usage}data: [DONE]\n\n`;

describe('openai', () => {
  hostedContract({
    provider: openai,
    path: '/v1',
    dialect: {
      start: chunk({ delta: { role: 'assistant', content: '' } }),
      text,
      refusal: `${chunk({ delta: { refusal: 'I cannot help with that.' } })}${finish}`,
      finish,
      ping: chunk({ delta: { content: '' } }),
      errorEvent: 'data: {"error": {"message": "The server had an error", "type": "server_error"}}\n\n',
    },
    errors: [
      { title: 'a rate limit', status: 429, body: { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } }, code: 'provider.rate_limited', retryable: true },
      { title: 'an exhausted account', status: 429, body: { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }, code: 'provider.billing', retryable: false },
      { title: 'overload', status: 503, body: { error: { message: 'The engine is overloaded' } }, code: 'provider.overloaded', retryable: true },
      { title: 'a failure', status: 500, body: { error: { message: 'Oops' } }, code: 'provider.server_error', retryable: true },
      { title: 'a gateway', status: 502, code: 'provider.server_error', retryable: true },
      { title: 'a request time-out', status: 408, code: 'provider.server_error', retryable: true },
      { title: 'a wrong key', status: 401, body: { error: { message: 'Incorrect API key', code: 'invalid_api_key' } }, code: 'provider.auth', retryable: false },
      { title: 'a forbidden country', status: 403, code: 'provider.auth', retryable: false },
      { title: 'an unknown model', status: 404, body: { error: { message: 'The model `x` does not exist', code: 'model_not_found' } }, code: 'provider.unknown_model', retryable: false },
      { title: 'a wrong base URL', status: 404, body: { detail: 'Not Found' }, code: 'provider.bad_request', retryable: false },
      { title: 'a bad request', status: 400, body: { error: { message: 'Invalid temperature' } }, code: 'provider.bad_request', retryable: false },
      { title: 'a long prompt', status: 400, body: { error: { message: 'too long', code: 'context_length_exceeded' } }, code: 'provider.context_exceeded', retryable: false },
      { title: 'a long prompt of a compatible server', status: 400, body: { error: { message: "This model's maximum context length is 8192 tokens." } }, code: 'provider.context_exceeded', retryable: false },
      { title: 'a filtered prompt', status: 400, body: { error: { message: 'filtered', code: 'content_filter' } }, code: 'provider.refused', retryable: false },
    ],
  });

  describe('on the wire', () => {
    let raw: RawVendor;
    const ask = (request: object = {}) => call(openai, { request, credentials: { api_key: API_KEY, base_url: `${raw.url}/v1` } });
    beforeAll(async () => { raw = await rawVendor(); });
    afterAll(() => raw.close());

    test('a filtered answer is a refusal', async () => {
      raw.answer((response) => startStream(response, `${text('Well')}${chunk({ delta: {}, finish_reason: 'content_filter' })}data: [DONE]\n\n`));
      expect((await ask()).error).toMatchObject({ code: 'provider.refused', retryable: false });
    });

    test('cached tokens are part of the input', async () => {
      raw.answer((response) => startStream(response, text('Hi') + finish));
      expect((await ask()).response).toMatchObject({ model: 'gpt-test-2026', usage: { input_tokens: 9, output_tokens: 2, cached_input_tokens: 4 } });
    });

    test('a server that counts nothing gets an estimate', async () => {
      raw.answer((response) => startStream(response, `${text('Four and more words')}data: [DONE]\n\n`));
      const { response } = await ask();
      expect(response?.usage.input_tokens).toBeGreaterThan(0);
      expect(response?.usage.output_tokens).toBe(5);
    });

    test('thinking aloud is content', async () => {
      raw.answer((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        let left = 40;
        const timer = setInterval(() => {
          response.write(left > 0 ? chunk({ delta: { reasoning_content: 'hm' } }) : text('Done') + finish);
          if (left-- === 0) clearInterval(timer);
        }, 50);
      });
      const answer = await call(openai, { request: {}, credentials: { api_key: API_KEY, base_url: `${raw.url}/v1` } }, { idle_timeout_ms: 1500 });
      expect(answer.response?.text).toBe('Done');
    });

    test('an error event whose code says that trying again cannot help', async () => {
      raw.answer((response) => startStream(response, 'data: {"error": {"message": "no", "code": "insufficient_quota"}}\n\n'));
      expect((await ask()).error).toMatchObject({ code: 'provider.billing', retryable: false });
    });

    test('sends instructions, history, limits and the schema', async () => {
      raw.bodies.length = 0;
      raw.answer((response) => startStream(response, text('{}') + finish));
      await ask({
        instructions: 'Be short.', max_output_tokens: 50, temperature: 0, output_schema: SCHEMA,
        messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }],
      });
      expect(raw.bodies[0]).toEqual({
        model: 'test-model',
        messages: [
          { role: 'system', content: 'Be short.' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' },
        ],
        stream: true, stream_options: { include_usage: true }, max_tokens: 50, temperature: 0,
        response_format: { type: 'json_schema', json_schema: { name: 'output', schema: SCHEMA, strict: true } },
      });
    });

    test('asks for strict output only where the schema allows it', async () => {
      raw.bodies.length = 0;
      const open = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a'] };
      await ask({ output_schema: open });
      expect(raw.bodies[0]).toMatchObject({ response_format: { json_schema: { schema: open, strict: false } } });
    });
  });
});
