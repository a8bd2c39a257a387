import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import { listen } from '../../src/surfaces/http/listen.ts';

const LONGER_THAN_THE_TEST = 3_600_000;

test('a stop does not wait for a connection that has never asked anything', async () => {
  const listening = await listen(express(), { host: '127.0.0.1', port: 0 });
  const client = connect(listening.port, '127.0.0.1');
  const closed = once(client.resume(), 'close');
  await once(listening.server, 'connection');
  await listening.close(LONGER_THAN_THE_TEST);
  await closed;
});

test('a stop lets a request that is under way end, and then its connection', async () => {
  const app = express();
  let finish: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    app.get('/', (_request, response) => {
      finish = () => response.send('done');
      resolve();
    });
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  const answer = fetch(listening.url).then((response) => response.text());
  await asked;
  const stopped = listening.close(LONGER_THAN_THE_TEST);
  finish!();
  expect(await answer).toBe('done');
  await stopped;
});
