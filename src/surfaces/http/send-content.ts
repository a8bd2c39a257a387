import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Content } from '../../operations/operation.ts';

/** Sends bytes or text as they are, never as something a browser would run. */
export async function sendContent(response: Response, { content_type, content }: Content, signal: AbortSignal): Promise<void> {
  response.status(200).set({ 'Content-Type': content_type, 'Cache-Control': 'no-store', 'Content-Security-Policy': "sandbox; default-src 'none'" });
  if (typeof content === 'string' || content instanceof Uint8Array) {
    response.end(content);
    return;
  }
  await pipeline(Readable.from(content), response, { signal });
}
