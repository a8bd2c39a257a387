import { request as httpRequest } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { storedCounts } from './stored.ts';

let api: ApiUnderTest;
let counts: Record<string, number>;

beforeAll(async () => {
  api = await apiUnderTest('http_odd_requests');
  counts = await storedCounts();
});
afterAll(() => api.close());

const VALID = JSON.stringify({ agents: [] });
const post = (raw: string | Uint8Array, headers: Record<string, string> = {}) => api.call('POST', '/v1/coordinations/validate', { raw, headers });

test.each([['gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync]] as const)('a body in %s is read, and one that swells beyond the limit is refused', async (encoding, compress) => {
  const headers = { 'content-encoding': encoding };
  expect((await post(compress(VALID), headers)).body).toMatchObject({ valid: false });
  const bomb = compress(Buffer.from(`{"coordination_name":"${'x'.repeat(50_000_000)}"}`));
  expect(bomb.length).toBeLessThan(200_000);
  expect((await post(bomb, headers)).body).toMatchObject({ status: 413, code: 'request.too_large' });
  expect((await post(compress(VALID).subarray(0, 10), headers)).body).toMatchObject({ status: 400 });
  expect((await post(VALID, headers)).body).toMatchObject({ status: 400 });
});

test('encodings and types that are not taken are named', async () => {
  for (const encoding of ['compress', 'gzip, gzip', 'x']) {
    expect((await post(VALID, { 'content-encoding': encoding })).body).toMatchObject({ status: 415, code: 'request.unsupported_media_type' });
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'x', '']) {
    expect([type, (await post(VALID, { 'content-type': type })).body.status]).toEqual([type, 415]);
  }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/merge-patch+json']) {
    expect([type, (await post(VALID, { 'content-type': type })).status]).toEqual([type, 200]);
  }
  expect(await storedCounts()).toEqual(counts);
});

test.each([
  ['9007199254740993'], ['-9007199254740993'], ['1e400'], ['1e-400'], ['0.1234567890123456789'], ['123456789012345678901234567890'],
])('the number %s, which a double cannot hold, is refused wherever it stands', async (number) => {
  for (const raw of [`{"config":{"max_parallel":${number}}}`, `{"metadata":{"a":[{"b":${number}}]}}`]) {
    expect((await post(raw)).body).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ message: expect.stringContaining('cannot be held exactly') }] });
  }
});

test.each(['0', '-0', '1.5', '0.1', '1e3', '9007199254740991', '1.7976931348623157e308', '5e-324', '0.30000000000000004'])('the number %s is kept as it was sent', async (number) => {
  const made = await api.call('PUT', '/v1/agents/by-name/numbers', { raw: `{"metadata":{"n":${number}}}` });
  expect(made.status).toBeLessThan(300);
  expect((await api.call('GET', `/v1/agents/${made.body.agent_uuid}`)).body.metadata).toEqual({ n: Number(number) + 0 });
});

test('text of every kind comes back as it was sent', async () => {
  const instructions = 'Zoë 🐝 \u202e\u0301 "\\" \n\t\u2028 {{x}} $gt %s ${x}';
  const made = await api.call('PUT', '/v1/agents/by-name/text', { body: { instructions, metadata: { '🐝.$x': '\ufeff' } } });
  expect((await api.call('GET', `/v1/agents/${made.body.agent_uuid}`)).body).toMatchObject({ instructions, metadata: { '🐝.$x': '\ufeff' } });
});

test('names and headers of thousands of characters are refused before anything is done with them', async () => {
  const before = await storedCounts();
  expect((await api.call('PUT', `/v1/agents/by-name/${'x'.repeat(10_000)}`, { body: {} })).body).toMatchObject({ status: 400, errors: [{ path: 'agent_name' }] });
  expect((await api.call('GET', `/v1/agents?tag=${'x'.repeat(10_000)}`)).body).toMatchObject({ status: 400, errors: [{ path: 'tag' }] });
  const tooLong = await rawRequest({ path: '/v1/agents', headers: { authorization: `Bearer ${api.key}`, 'x-filler': 'x'.repeat(20_000) } });
  expect(tooLong.status).toBe(431);
  expect(await storedCounts()).toEqual(before);
});

test('a request id of the caller is used where it is a plain one', async () => {
  expect((await api.call('GET', '/v1/whoami', { headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe('mine-1');
  const odd = await api.call('GET', '/v1/nothing', { headers: { 'x-request-id': '{"$gt":""} <script>' } });
  expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(odd.body.request_id).toBe(odd.headers.get('x-request-id'));
});

test('paths that climb, double and encode their slashes reach no file and no other route', async () => {
  for (const path of ['/v1/../v1//agents', '/docs/../../package.json', '/docs/%2e%2e/package.json', '/docs/..%2f..%2fpackage.json', '/v1%2fagents', '//v1/agents', '/V1/agents', '/v1/AGENTS', '/docs/.env']) {
    const { status, text } = await rawRequest({ path, headers: { authorization: `Bearer ${api.key}` } });
    expect([path, [400, 403, 404].includes(status)]).toEqual([path, true]);
    expect(text).not.toContain('"dependencies"');
  }
});

/** fetch would tidy the path up and refuse the headers. */
function rawRequest({ path, headers }: { path: string; headers: Record<string, string> }): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    httpRequest({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('end', () => resolve({ status: response.statusCode!, text }));
    }).on('error', reject).end();
  });
}
