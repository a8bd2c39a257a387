import { createServer, type AddressInfo } from 'node:net';

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      const chosen = (server.address() as AddressInfo).port;
      server.close(() => resolve(chosen));
    });
  });
}

/** A port of 127.0.0.1 on which nothing listens: the first free one of `preferred`, else any. */
export async function freePort(preferred: number[] = []): Promise<number> {
  for (const port of preferred) {
    if ((await listenOnce(port)) !== null) return port;
  }
  const any = await listenOnce(0);
  if (any === null) throw new Error('No free port on 127.0.0.1');
  return any;
}
