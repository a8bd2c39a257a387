import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => { api = await apiUnderTest('http_listener', {}, { ACE_ALLOWED_HOSTS: 'engine.example, Other.Example' }); });
afterAll(() => api.close());

/** fetch would not send another Host. */
function send(headers: Record<string, string>, path = '/healthz'): Promise<{ status: number; body: any }> {
  return new Promise((resolve, reject) => {
    httpRequest(`${api.url}${path}`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('end', () => resolve({ status: response.statusCode!, body: text.startsWith('{') ? JSON.parse(text) : text }));
    }).on('error', reject).end();
  });
}

test.each(['attacker.example', 'localhost.attacker.example', '127.0.0.1.attacker.example', '10.0.0.1', '0.0.0.0', '[::2]', 'localhost@attacker.example', 'attacker.example:80', '127.0.0.1:x', 'engine.example.attacker.example'])(
  'on loopback the Host %s is refused on every route',
  async (host) => {
    for (const path of ['/healthz', '/readyz', '/docs/', '/openapi.json', '/v1/agents', '/nothing']) {
      expect(await send({ host, authorization: `Bearer ${api.key}` }, path)).toMatchObject({ status: 403, body: { code: 'request.foreign_origin' } });
    }
  },
);

test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.1.2.3:99', '[::1]:8080', 'app.localhost', 'engine.example', 'other.example:443'])('the Host %s is this machine\'s own, or was allowed', async (host) => {
  expect((await send({ host })).status).toBe(200);
});

test.each(['https://attacker.example', 'null', 'file://', 'http://localhost.attacker.example', 'chrome-extension://x', 'http://10.0.0.1'])('the Origin %s is refused, with a key too', async (origin) => {
  expect(await send({ origin, authorization: `Bearer ${api.key}` }, '/v1/whoami')).toMatchObject({ status: 403, body: { code: 'request.foreign_origin' } });
});

test.each(['http://localhost:5173', 'http://127.0.0.1', 'https://engine.example'])('the Origin %s may call', async (origin) => {
  expect((await send({ origin, authorization: `Bearer ${api.key}` }, '/v1/whoami')).status).toBe(200);
});

test('no answer invites pages of other sites', async () => {
  const { headers } = await api.call('GET', '/v1/whoami');
  for (const name of ['access-control-allow-origin', 'x-powered-by', 'server', 'set-cookie']) expect(headers.get(name)).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('what is no HTTP is answered or hung up on, and the API goes on', async () => {
  const { hostname, port } = new URL(api.url);
  const requests = ['GET / HTTP/1.1\r\n\r\n', 'NONSENSE\r\n\r\n', `POST /v1/agents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, '\x16\x03\x01\x02\x00\x01'];
  for (const text of requests) {
    const answer = await new Promise<string>((resolve, reject) => {
      let heard = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(text));
      socket.setEncoding('utf8').on('data', (piece: string) => { heard += piece; }).on('close', () => resolve(heard)).on('error', reject);
    });
    expect([text, answer.startsWith('HTTP/1.1 4')]).toEqual([text, true]);
  }
  expect((await api.call('GET', '/v1/whoami')).status).toBe(200);
});
