import { once } from 'node:events';
import type { Response } from 'express';
import type { StreamEvent } from '../../operations/operation.ts';
import { toEngineError } from '../../operations/to-engine-error.ts';
import { problemDocument } from './problem-document.ts';
import { stateOf } from './request-state.ts';

const PING_MS = 15_000;

/** Writes server-sent events until the source ends or the reader goes; a slow reader slows the source, never fills memory. */
export async function sendEvents(response: Response, events: AsyncIterable<StreamEvent>, signal: AbortSignal): Promise<void> {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const ping = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': ping\n\n');
  }, PING_MS);
  try {
    for await (const event of events) {
      if (signal.aborted) break;
      if (!response.write(textOf(event))) await once(response, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) {
      const known = toEngineError(error);
      stateOf(response).log.error({ err: known.cause ?? known, code: known.code }, 'stream failed');
      response.write(textOf({ event: 'error', data: problemDocument(known, stateOf(response)) }));
    }
  } finally {
    clearInterval(ping);
    response.end();
  }
}

function textOf({ id, event, data }: StreamEvent): string {
  // JSON has no raw line break, so one data line always holds it.
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
