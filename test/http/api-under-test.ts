import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { readConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { insertApiKey, newKey } from '../../src/records/api-key.ts';
import { connectRecords, disconnectRecords, ensureIndexes } from '../../src/records/connect.ts';
import { ensureDefaultProject, insertProject } from '../../src/records/project.ts';
import type { Project } from '../../src/records/project.ts';
import { createApi } from '../../src/surfaces/http/create-api.ts';
import type { ApiParts } from '../../src/surfaces/http/create-api.ts';
import { listen } from '../../src/surfaces/http/listen.ts';
import { faultOf } from './conforms.ts';

export interface Reply {
  status: number;
  headers: Headers;
  // Tests look into answers freely; what they expect is what checks the shape.
  body: any;
  text: string;
}

export interface Call {
  key?: string | null;
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface ApiUnderTest {
  url: string;
  key: string;
  project: Project;
  config: Config;
  temporal: Client;
  call(method: string, path: string, call?: Call): Promise<Reply>;
  newProject(name?: string): Promise<{ project: Project; key: string }>;
  newKeyFor(project: Project, permissions: string[]): Promise<string>;
  close(): Promise<void>;
}

/** The API on a free port, over a database of its own in the test mongod. */
export async function apiUnderTest(database: string, parts: Partial<ApiParts> = {}, env: Record<string, string> = {}): Promise<ApiUnderTest> {
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!, MONGODB_URI: databaseUri(database), ...env });
  const mongoose = await connectRecords(config.mongodbUri!);
  await mongoose.connection.dropDatabase();
  await ensureIndexes();
  const project = await ensureDefaultProject(config.endpointId);
  const connection = Connection.lazy({ address: config.temporalAddress! });
  const temporal = parts.temporal ?? new Client({ connection });
  const app = createApi({ config, temporal, log: pino({ level: 'silent' }), ...parts });
  const listening = await listen(app, { host: config.host, port: 0 });

  const newKeyFor = async (owner: Project, permissions: string[]) => {
    const key = newKey();
    await insertApiKey(owner.partition_key, { project_uuid: owner.project_uuid, name: 'test', permissions, key });
    return key;
  };
  const key = await newKeyFor(project, ['admin', '*']);

  return {
    url: listening.url, key, project, config, temporal, newKeyFor,
    async call(method, path, { key: given = key, body, raw, headers = {}, signal } = {}) {
      const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${listening.url}${path}`, {
        method,
        headers: {
          ...(given === null ? {} : { authorization: `Bearer ${given}` }),
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: content ?? null,
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      const reply = { status: response.status, headers: response.headers, text, body: /json/.test(type) && text !== '' ? JSON.parse(text) : text };
      // Every answer that any test gets is held against its documentation.
      const fault = faultOf({ method, path }, { ...reply, type });
      if (fault !== null) throw new Error(`${method} ${path}: ${fault}`);
      return reply;
    },
    async newProject(name = `project-${v7()}`) {
      const made = await insertProject(config.endpointId, { project_uuid: v7(), name });
      if (!made) throw new Error(`The project ${name} exists`);
      return { project: made, key: await newKeyFor(made, ['*']) };
    },
    async close() {
      await listening.close(0);
      await connection.close();
      await disconnectRecords();
    },
  };
}

export function databaseUri(database: string): string {
  const uri = new URL(process.env.MONGODB_URI!);
  uri.pathname = `/${database}`;
  return uri.href;
}
