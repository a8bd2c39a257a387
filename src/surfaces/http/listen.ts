import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';

const NEXT_PORTS = 20;
const IDLE_EVERY_MS = 50;

export interface Listening {
  server: Server;
  port: number;
  /** The address to call it at. */
  url: string;
  /** Takes no new requests, lets those in flight end for `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Listens on a port, or on one of the next 20 where it is taken. Port 0 takes any free one.
 * Errors: rejects with a plain sentence where none is free or the address is not this machine's.
 */
export async function listen(app: Express, at: { host: string; port: number }): Promise<Listening> {
  for (let port = at.port; ; port += 1) {
    try {
      return await listenOn(app, { host: at.host, port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isLast = at.port === 0 || port >= at.port + NEXT_PORTS || port >= 65_535;
      if (code === 'EADDRINUSE' && !isLast) continue;
      const reason = code === 'EADDRINUSE' ? `ports ${at.port} to ${port} are taken` : code === 'EACCES' ? `port ${port} needs more rights` : (error as Error).message;
      throw new Error(`The API cannot listen on ${at.host}: ${reason}. Set PORT to a free port or HOST to an address of this machine.`, { cause: error });
    }
  }
}

function listenOn(app: Express, at: { host: string; port: number }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000, maxHeaderSize: 16_384 }, app);
    const endIdle = idleEnder(server);
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.removeListener('error', reject);
      const { port } = server.address() as AddressInfo;
      const host = at.host === '0.0.0.0' || at.host === '::' ? 'localhost' : at.host.includes(':') ? `[${at.host}]` : at.host;
      resolve({ server, port, url: `http://${host}:${port}`, close: (graceMs = 5_000) => close(server, { graceMs, endIdle }) });
    });
  });
}

function close(server: Server, { graceMs, endIdle }: { graceMs: number; endIdle: () => void }): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    const idle = setInterval(endIdle, IDLE_EVERY_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    endIdle();
  });
}

/**
 * How to end the connections on which no request is under way. Node's own `closeIdleConnections` leaves those that never
 * had one, which clients open ahead, and a stop would wait for them.
 */
function idleEnder(server: Server): () => void {
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  return () => {
    for (const socket of open) if (!busy.has(socket)) socket.destroy();
  };
}
