import { z } from 'zod';
import { insertStreamToken } from '../records/stream-token.ts';
import { operation } from './operation.ts';
import { Time } from './schemas/scalars.ts';

const LIFE_MS = 60_000;

const createStreamToken = operation({
  name: 'stream_tokens.create',
  method: 'POST',
  path: '/stream-tokens',
  summary: 'Make a token with which a browser opens a stream',
  description: 'For EventSource, which sends no header: open …/stream?access_token=<token> within a minute. A stream that is open goes on; to open it again later takes another token.',
  permission: 'sessions:read',
  input: z.strictObject({}),
  output: z.strictObject({
    access_token: z.string().describe('Opens the streams of this project and nothing else. Shown here and never again.'),
    expires_at: Time,
  }).meta({ id: 'StreamToken' }),
  status: 201,
  idempotent: true,
  secret_output: true,
  async run({ project, caller }) {
    const expires_at = new Date(Date.now() + LIFE_MS);
    const access_token = await insertStreamToken({ partition_key: project.partition_key, api_key_uuid: caller.api_key_uuid, expires_at });
    return { access_token, expires_at: expires_at.toISOString() };
  },
});

export const STREAM_TOKEN_OPERATIONS = [createStreamToken];
