import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RawVendor {
  url: string;
  /** Bodies of the requests so far, oldest first. */
  bodies: Record<string, unknown>[];
  /** Answers the following requests with exactly these bytes. */
  answer(handler: (response: ServerResponse, request: IncomingMessage) => void): void;
  close(): Promise<void>;
}

/** A server that sends what it is told byte by byte: for the cases that a well-behaved stand-in does not have. */
export async function rawVendor(): Promise<RawVendor> {
  let handler: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end();
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (chunks.length > 0) bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
    handler(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    answer(next) { handler = next; },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Starts a stream of server-sent events with a first piece; more follows by `write`. */
export function startStream(response: ServerResponse, bytes: string | Uint8Array): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(bytes);
}

/** Answers with an error as JSON. */
export function fail(response: ServerResponse, status: number, { body = {}, headers = {} }: { body?: unknown; headers?: Record<string, string> }): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
