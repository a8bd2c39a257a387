import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { LLMock } from '@copilotkit/aimock';
import type { ModelCall, Provider } from '../../src/providers/provider.ts';
import type { ProviderError, ProviderErrorCode } from '../../src/providers/provider-error.ts';
import { call, providerContract, type Behaviour } from './contract.ts';
import { fail, rawVendor, startStream, type RawVendor } from './raw-vendor.ts';

/** How a vendor writes the parts of a stream, as bytes on the wire. */
export interface Dialect {
  start: string;
  text(piece: string): string;
  refusal: string;
  /** Everything that ends an answer, the finish marker last. */
  finish: string;
  ping: string;
  errorEvent: string;
}

export interface ErrorCase {
  title: string;
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  code: ProviderErrorCode;
  retryable: boolean;
}

export interface HostedSubject {
  provider: Provider;
  /** Where the vendor's API begins, seen from a server's root. */
  path: string;
  dialect: Dialect;
  errors: ErrorCase[];
}

export const API_KEY = 'sk-test-0123456789abcdef';

/** The contract against an independent stand-in of the vendor, and the traps of the wire against raw bytes. */
export function hostedContract({ provider, path, dialect, errors }: HostedSubject): void {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let raw: RawVendor;
  const ask = (options: Partial<ModelCall> = {}) => call(provider, { request: {}, credentials: { api_key: API_KEY, base_url: raw.url + path } }, options);

  beforeAll(async () => {
    const usage = { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20, input_tokens: 12, output_tokens: 8 };
    mock.onMessage('answers_json', { content: '{"score": 7, "verdict": "good"}', usage });
    mock.onMessage('answers', { content: 'Tea came to Europe by sea, four hundred years ago.', usage }, { chunkSize: 8 });
    mock.onMessage('runs_long', { content: 'word '.repeat(40) }, { chunkSize: 5, latency: 20 });
    mock.onMessage('stops_at_length', { content: 'It began when', finishReason: 'length' });
    mock.onMessage('breaks_off', { content: 'word '.repeat(20) }, { chunkSize: 5, latency: 20, truncateAfterChunks: 6 });
    mock.onMessage('prompt_too_long', {
      error: { message: 'prompt is too long: 300000 tokens > 200000 maximum', type: 'invalid_request_error', code: 'context_length_exceeded' }, status: 400,
    });
    mock.onMessage('unknown_model', { error: { message: 'model: nope does not exist', type: 'not_found_error', code: 'model_not_found' }, status: 404 });
    await mock.start();
    raw = await rawVendor();
  });
  afterAll(async () => {
    await mock.stop();
    await raw.close();
  });
  afterEach(() => { raw.bodies.length = 0; });

  describe('against a stand-in of the vendor', () => {
    providerContract({
      provider,
      behaviours: ['answers', 'answers_json', 'runs_long', 'stops_at_length', 'breaks_off', 'prompt_too_long', 'unknown_model'],
      arrange: (behaviour: Behaviour) => ({
        request: { messages: [{ role: 'user', content: behaviour }] },
        credentials: { api_key: API_KEY, base_url: mock.url + path },
      }),
    });

    test('reports the usage that the vendor counted', async () => {
      const { response } = await call(provider, {
        request: { messages: [{ role: 'user', content: 'answers' }] }, credentials: { api_key: API_KEY, base_url: mock.url + path },
      });
      expect(response?.usage).toEqual({ input_tokens: 12, output_tokens: 8, cached_input_tokens: 0 });
    });
  });

  describe('against raw bytes', () => {
    test('the finish marker ends the call although the connection stays open', async () => {
      raw.answer((response) => startStream(response, dialect.start + dialect.text('Hi') + dialect.finish));
      const { response, error } = await ask();
      expect(error).toBeUndefined();
      expect(response).toMatchObject({ text: 'Hi', finish_reason: 'stop' });
    });

    test.each(['an abort', 'the deadline', 'the idle limit'])('%s hangs up on the vendor', async (why) => {
      const controller = new AbortController();
      const hungUp = new Promise<void>((resolve) => {
        raw.answer((response) => {
          response.on('close', resolve);
          startStream(response, dialect.start + dialect.text('Hi'));
        });
      });
      const limits = { 'an abort': {}, 'the deadline': { deadline_ms: 100 }, 'the idle limit': { idle_timeout_ms: 100 } }[why];
      const { error } = await ask({ ...limits, signal: controller.signal, on_text: () => { if (why === 'an abort') controller.abort(); } });
      expect(error).toBeDefined();
      await hungUp;
    });

    test('characters and events that are split over packets arrive whole', async () => {
      const bytes = Buffer.from(dialect.start + dialect.text('Grüße 茶 😀') + dialect.finish);
      raw.answer((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const send = (at: number) => (at < bytes.length ? response.write(bytes.subarray(at, at + 3), () => send(at + 3)) : response.end());
        send(0);
      });
      expect((await ask()).response?.text).toBe('Grüße 茶 😀');
    });

    test('a vendor that sends nothing after the headers is idle', async () => {
      raw.answer((response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(); });
      expect((await ask({ idle_timeout_ms: 100 })).error).toMatchObject({ code: 'provider.idle', retryable: true });
    });

    test('a vendor that never answers is idle', async () => {
      raw.answer(() => {});
      expect((await ask({ idle_timeout_ms: 100 })).error).toMatchObject({ code: 'provider.idle' });
    });

    test('keep-alive bytes are no content', async () => {
      raw.answer((response) => {
        startStream(response, dialect.start + dialect.text('Hi'));
        const timer = setInterval(() => response.write(`: keep-alive\n\n${dialect.ping}`), 10);
        response.on('close', () => clearInterval(timer));
      });
      const { error, pieces } = await ask({ idle_timeout_ms: 150 });
      expect(error).toMatchObject({ code: 'provider.idle' });
      expect(pieces).toEqual(['Hi']);
    });

    test('content that keeps coming is not idle, however long it takes in all', async () => {
      raw.answer((response) => {
        startStream(response, dialect.start);
        let left = 40;
        const timer = setInterval(() => {
          response.write(left > 0 ? dialect.text('.') : dialect.finish);
          if (left-- === 0) clearInterval(timer);
        }, 50);
      });
      expect((await ask({ idle_timeout_ms: 1500 })).response?.text).toBe('.'.repeat(40));
    });

    test('an orderly end without the finish marker is a cut', async () => {
      raw.answer((response) => {
        startStream(response, dialect.start + dialect.text('Half'));
        response.end();
      });
      const { error, pieces } = await ask();
      expect(error).toMatchObject({ code: 'provider.stream_cut', retryable: true });
      expect(pieces).toEqual(['Half']);
    });

    test('a connection that breaks in mid-stream is a cut', async () => {
      raw.answer((response) => {
        startStream(response, dialect.start);
        response.write(dialect.text('Half'), () => response.socket?.destroy());
      });
      expect((await ask()).error).toMatchObject({ code: 'provider.stream_cut' });
    });

    test('a hang-up without an answer is a cut', async () => {
      raw.answer((response) => { response.socket?.destroy(); });
      expect((await ask()).error).toMatchObject({ code: 'provider.stream_cut' });
    });

    test.each([
      ['JSON that does not parse', 'data: {"choices": [{\n\n'],
      ['an event that is no object', 'data: 42\n\n'],
      ['a page of HTML', '<html><body>Bad gateway</body></html>\n\n'],
      ['bytes that are not UTF-8', Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a, 0x0a])],
    ])('malformed bytes count as a failure of the vendor: %s', async (_, bytes) => {
      raw.answer((response) => {
        startStream(response, dialect.start + dialect.text('Hi'));
        response.write(bytes);
      });
      expect((await ask()).error).toMatchObject({ code: 'provider.server_error', retryable: true });
    });

    test('an error event in mid-stream counts as a failure of the vendor', async () => {
      raw.answer((response) => startStream(response, dialect.start + dialect.text('Hi') + dialect.errorEvent));
      expect((await ask()).error).toMatchObject({ code: 'provider.server_error', retryable: true });
    });

    test('a refusal is not retried', async () => {
      raw.answer((response) => startStream(response, dialect.refusal));
      expect((await ask()).error).toMatchObject({ code: 'provider.refused', retryable: false });
    });

    test('nobody at the address', async () => {
      const gone = await rawVendor();
      await gone.close();
      const { error } = await call(provider, { request: {}, credentials: { api_key: API_KEY, base_url: gone.url + path } });
      expect(error).toMatchObject({ code: 'provider.unreachable', retryable: true, message: expect.stringContaining('ECONNREFUSED') });
      expect(await provider.check({ api_key: API_KEY, base_url: gone.url + path }, new AbortController().signal))
        .toEqual({ available: false, reason: expect.stringContaining('ECONNREFUSED') });
    });

    test('a redirect is not followed', async () => {
      const elsewhere = await rawVendor();
      raw.answer((response) => { response.writeHead(307, { location: elsewhere.url }).end(); });
      expect((await ask()).error).toMatchObject({ code: 'provider.bad_request', retryable: false });
      expect(elsewhere.bodies).toEqual([]);
      await elsewhere.close();
    });

    test.each(errors)('$status $title is $code', async ({ status, body, headers, code, retryable }) => {
      raw.answer((response) => fail(response, status, { body, headers }));
      expect((await ask()).error).toMatchObject({ code, retryable });
      expect(raw.bodies).toHaveLength(1);
    });

    test.each([
      ['seconds', { 'retry-after': '7' }, 7000, 7000],
      ['a date', { 'retry-after': new Date(Date.now() + 1_800_000).toUTCString() }, 1_500_000, 1_800_000],
      ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500, 1500],
      ['a date gone by', { 'retry-after': new Date(0).toUTCString() }, 0, 0],
    ])('Retry-After as %s', async (_, headers, least, most) => {
      raw.answer((response) => fail(response, 429, { headers }));
      const error = (await ask()).error as ProviderError;
      expect(error.retry_after_ms).toBeGreaterThanOrEqual(least);
      expect(error.retry_after_ms).toBeLessThanOrEqual(most);
    });

    test('an error repeats neither the key nor a long body, and has no cause that could', async () => {
      const message = `Incorrect API key provided: ${API_KEY}. ${'x'.repeat(5000)}`;
      raw.answer((response) => fail(response, 401, { body: { type: 'error', error: { type: 'authentication_error', message } } }));
      const error = (await ask()).error as ProviderError;
      expect(error.message).not.toContain(API_KEY);
      expect(error.message.length).toBeLessThan(600);
      expect(error.cause).toBeUndefined();
    });

    test('without a key nothing is sent', async () => {
      const { error } = await call(provider, { request: {}, credentials: {} });
      expect(error).toMatchObject({ code: 'provider.not_configured', retryable: false });
    });
  });
}
