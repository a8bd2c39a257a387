import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anthropic } from '../../src/providers/anthropic.ts';
import { call, SCHEMA } from './contract.ts';
import { API_KEY, hostedContract } from './hosted-contract.ts';
import { rawVendor, startStream, type RawVendor } from './raw-vendor.ts';

const event = (type: string, data: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const start = event('message_start', {
  message: {
    id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test-2026', content: [], stop_reason: null,
    usage: { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 1, output_tokens: 1 },
  },
}) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const text = (piece: string) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } });
const end = (stop_reason: string) => event('content_block_stop', { index: 0 })
  + event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 6 } }) + event('message_stop');
const error = (type: string, message = 'said so') => ({ type: 'error', error: { type, message } });

describe('anthropic', () => {
  hostedContract({
    provider: anthropic,
    path: '',
    dialect: {
      start, text,
      refusal: start + text('I') + end('refusal'),
      finish: end('end_turn'),
      ping: event('ping'),
      errorEvent: `event: error\ndata: ${JSON.stringify(error('overloaded_error', 'Overloaded'))}\n\n`,
    },
    errors: [
      { title: 'a rate limit', status: 429, body: error('rate_limit_error'), code: 'provider.rate_limited', retryable: true },
      { title: 'overload', status: 529, body: error('overloaded_error'), code: 'provider.overloaded', retryable: true },
      { title: 'overload without a body', status: 503, code: 'provider.overloaded', retryable: true },
      { title: 'a failure', status: 500, body: error('api_error'), code: 'provider.server_error', retryable: true },
      { title: 'a gateway time-out', status: 504, body: error('timeout_error'), code: 'provider.server_error', retryable: true },
      { title: 'a wrong key', status: 401, body: error('authentication_error'), code: 'provider.auth', retryable: false },
      { title: 'a missing permission', status: 403, body: error('permission_error'), code: 'provider.auth', retryable: false },
      { title: 'an exhausted account', status: 402, body: error('billing_error'), code: 'provider.billing', retryable: false },
      { title: 'an exhausted account in words', status: 400, body: error('invalid_request_error', 'Your credit balance is too low to access the API.'), code: 'provider.billing', retryable: false },
      { title: 'an unknown model', status: 404, body: error('not_found_error', 'model: claude-nope'), code: 'provider.unknown_model', retryable: false },
      { title: 'a bad request', status: 400, body: error('invalid_request_error'), code: 'provider.bad_request', retryable: false },
      { title: 'a long prompt', status: 400, body: error('invalid_request_error', 'prompt is too long: 208310 tokens > 200000 maximum'), code: 'provider.context_exceeded', retryable: false },
      { title: 'a large request', status: 413, body: error('request_too_large'), code: 'provider.context_exceeded', retryable: false },
    ],
  });

  describe('on the wire', () => {
    let raw: RawVendor;
    const ask = (request: object = {}) => call(anthropic, { request, credentials: { api_key: API_KEY, base_url: raw.url } });
    beforeAll(async () => { raw = await rawVendor(); });
    afterAll(() => raw.close());

    test('all input is counted, cached or not', async () => {
      raw.answer((response) => startStream(response, start + text('Hi') + end('end_turn')));
      expect((await ask()).response).toMatchObject({ model: 'claude-test-2026', usage: { input_tokens: 9, output_tokens: 6, cached_input_tokens: 3 } });
    });

    test('thinking is no part of the answer', async () => {
      const thinking = event('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } });
      raw.answer((response) => startStream(response, start + thinking + text('Done') + end('end_turn')));
      const { response, pieces } = await ask();
      expect(response?.text).toBe('Done');
      expect(pieces).toEqual(['Done']);
    });

    test('an answer that filled the context was ended by its length', async () => {
      raw.answer((response) => startStream(response, start + text('Hi') + end('model_context_window_exceeded')));
      expect((await ask()).response?.finish_reason).toBe('length');
    });

    test('sends instructions, history, limits and the schema', async () => {
      raw.bodies.length = 0;
      await ask({
        instructions: 'Be short.', max_output_tokens: 50, temperature: 0, output_schema: SCHEMA,
        messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }],
      });
      expect(raw.bodies[0]).toMatchObject({
        model: 'test-model', system: 'Be short.', max_tokens: 50, temperature: 0, stream: true,
        messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }],
        output_config: { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false, required: ['score', 'verdict'] } } },
      });
    });

    test('asks in words for what a schema outside the native subset wants', async () => {
      raw.bodies.length = 0;
      await ask({ instructions: 'Be short.', output_schema: { properties: { a: {} } } });
      expect(raw.bodies[0]).not.toHaveProperty('output_config');
      expect(raw.bodies[0]?.system).toContain('{"properties":{"a":{}}}');
    });
  });
});
