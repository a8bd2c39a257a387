import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import mongoose from 'mongoose';
import { readEngineFile } from '../../src/engine/engine-file.ts';
import { isAlive } from '../../src/engine/process-identity.ts';
import { registerSearchAttributes, SEARCH_ATTRIBUTES } from '../../src/engine/register-search-attributes.ts';
import { startEngine, type Engine } from '../../src/engine/start-engine.ts';
import { stopEngine } from '../../src/engine/stop-engine.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const dataDir = mkdtempSync(join(tmpdir(), 'ace-test-engine-'));
const lines: string[] = [];
let starter: ChildProcess;
let first: { temporal_address: string; mongodb_uri: string; owned: Engine['owned'] };

function start(env: NodeJS.ProcessEnv = {}, folder = dataDir): Promise<Engine> {
  return startEngine({
    dataDir: folder,
    log: (line) => lines.push(line),
    ports: { temporal: 0, temporal_ui: 0, mongod: 0 },
    env: { ...process.env, TEMPORAL_ADDRESS: '', MONGODB_URI: '', ...env },
  });
}

async function withCollection<T>(uri: string, work: (collection: mongoose.mongo.Collection) => Promise<T>): Promise<T> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    return await work(client.db().collection('marks'));
  } finally {
    await client.close();
  }
}

function alive(): { temporal: boolean; mongod: boolean } {
  const { temporal, mongod } = readEngineFile(dataDir);
  return { temporal: temporal !== null && isAlive(temporal), mongod: mongod !== null && isAlive(mongod) };
}

beforeAll(async () => {
  starter = fork(fileURLToPath(new URL('./starter.ts', import.meta.url)), [dataDir], {
    execArgv: [],
    env: { ...process.env, TEMPORAL_ADDRESS: '', MONGODB_URI: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  [first] = await once(starter, 'message') as [typeof first];
});

afterAll(async () => {
  starter.kill('SIGKILL');
  await (await start()).stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a second process uses the engine of one that lives, and does not end it', async () => {
  const second = await start();
  expect(second.temporal_address).toBe(first.temporal_address);
  expect(second.mongodb_uri).toBe(first.mongodb_uri);
  expect([first.owned, second.owned]).toEqual([{ temporal: true, mongod: true }, { temporal: false, mongod: false }]);
  await second.stop();
  expect(alive()).toEqual({ temporal: true, mongod: true });
});

test('after a SIGKILL of its starter the engine runs on, and the next start takes it over and ends it', async () => {
  await withCollection(first.mongodb_uri, (marks) => marks.insertOne({ mark: 'kept' }));
  const before = readEngineFile(dataDir);
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  expect(alive()).toEqual({ temporal: true, mongod: true });

  const next = await start();
  expect(readEngineFile(dataDir)).toMatchObject({ temporal: before.temporal, mongod: before.mongod });
  expect(next.owned).toEqual({ temporal: true, mongod: true });
  await next.stop();
  expect(alive()).toEqual({ temporal: false, mongod: false });
  await next.stop();
});

test('stopEngine ends a start that is still under way', async () => {
  // It may be refused before the stop is done: somebody has to be there to hear it.
  const settled = Promise.allSettled([start()]);
  const written = () => alive().temporal && alive().mongod;
  while (!written()) await setImmediate();
  await stopEngine(dataDir);
  await settled;
  expect(alive()).toEqual({ temporal: false, mongod: false });
});

test('data and replica set survive a restart on other ports', async () => {
  const { mongod, temporal } = readEngineFile(dataDir);
  const blockers = [createServer((socket) => socket.destroy()), createServer((socket) => socket.destroy())] as const;
  let engine: Engine | undefined;
  try {
    await Promise.all([mongod, temporal].map((program, index) => once((blockers[index] as Server).listen(program?.port, '127.0.0.1'), 'listening')));
    engine = await start();
    expect(engine.mongodb_uri).not.toBe(first.mongodb_uri);
    expect(engine.temporal_address).not.toBe(first.temporal_address);
    expect(await withCollection(engine.mongodb_uri, (marks) => marks.countDocuments({ mark: 'kept' }))).toBe(1);
  } finally {
    await engine?.stop();
    for (const server of blockers) server.close();
  }
});

test('mongod takes transactions, refuses server-side scripts, and Temporal keeps closed workflows for 30 days', async () => {
  const engine = await start();
  const client = new mongoose.mongo.MongoClient(engine.mongodb_uri);
  const connection = await Connection.connect({ address: engine.temporal_address });
  try {
    await client.withSession((session) => session.withTransaction(() => client.db().collection('marks').insertOne({ mark: 'tx' }, { session })));
    await expect(client.db().collection('marks').find({ $where: 'true' }).toArray()).rejects.toThrow(/script/i);
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
    expect((await fetch(engine.temporal_ui_url as string)).status).toBe(200);
  } finally {
    await client.close();
    await connection.close();
  }
});

test('search attributes: one of another type is refused by name; else they are usable when it resolves', async () => {
  const engine = await start();
  const connection = await Connection.connect({ address: engine.temporal_address });
  const namespace = 'default';
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { AceStatus: IndexedValueType.INDEXED_VALUE_TYPE_INT } });
    await expect(registerSearchAttributes(connection, namespace)).rejects.toThrow(/AceStatus.*INDEXED_VALUE_TYPE_INT/);
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['AceStatus'] });
    await registerSearchAttributes(connection, namespace);
    await registerSearchAttributes(connection, namespace);
    const query = SEARCH_ATTRIBUTES.map((name) => `${name} = "x"`).join(' AND ');
    expect(Number((await connection.workflowService.countWorkflowExecutions({ namespace, query })).count)).toBe(0);
  } finally {
    await connection.close();
  }
});

test('an address in the environment that does not answer is an error, not a reason for another server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ace-test-engine-'));
  try {
    await expect(start({ MONGODB_URI: 'mongodb://someone:secret@127.0.0.1:9/?serverSelectionTimeoutMS=200', TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS }, folder))
      .rejects.toThrow(expect.objectContaining({ message: expect.stringMatching(/MONGODB_URI.*unset/) }));
    expect(readEngineFile(folder)).toMatchObject({ temporal: null, mongod: null });
    expect(lines.join('\n')).not.toContain('secret');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
