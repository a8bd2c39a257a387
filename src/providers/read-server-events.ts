import { TextDecoder } from 'node:util';
import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser';
import { ProviderError } from './provider-error.ts';

const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;
const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** One server-sent event whose data is JSON, or the bare text `[DONE]`. */
export interface ServerEvent {
  event: string | undefined;
  data: Record<string, unknown> | '[DONE]';
}

/**
 * The events of a vendor's streamed answer, read until the consumer has seen its finish marker and leaves the loop;
 * the connection is then dropped, open or not. The SDKs' own stream readers cannot tell a finished stream from one
 * that was cut, which is why they are not used.
 * Throws `provider.stream_cut` when the stream ends by itself, `provider.server_error` on malformed bytes.
 */
export async function* readServerEvents(response: Response, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  if (!response.body) throw new ProviderError('provider.stream_cut', 'The answer has no body.');
  const reader = response.body.getReader();
  // A cancel of a connection that has already failed rejects with that failure, which the read has reported.
  const drop = () => { reader.cancel().catch(() => undefined); };
  signal.addEventListener('abort', drop, { once: true });

  const events: EventSourceMessage[] = [];
  let wrong: ParseError | null = null;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (event) => events.push(event),
    onError: (error) => { wrong ??= error; },
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await read(reader);
      signal.throwIfAborted();
      if (value) bytes += value.byteLength;
      if (bytes > MAX_BODY_BYTES) throw malformed('more than 128 MiB');
      if (done) parser.reset({ consume: true });
      else parser.feed(decode(decoder, value));
      for (const { event, data } of events.splice(0)) yield { event, data: parse(data) };
      if (wrong) throw malformed('a line that is no server-sent event');
      if (done) throw new ProviderError('provider.stream_cut', 'The stream ended without its finish marker.');
    }
  } finally {
    signal.removeEventListener('abort', drop);
    drop();
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch {
    throw new ProviderError('provider.stream_cut', 'The connection broke in mid-stream.');
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch {
    throw malformed('bytes that are not UTF-8');
  }
}

function parse(data: string): ServerEvent['data'] {
  if (data === '[DONE]') return data;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw malformed('an event that is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('an event that is no object');
  return value as Record<string, unknown>;
}

function malformed(what: string): ProviderError {
  return new ProviderError('provider.server_error', `The vendor sent ${what}.`);
}
