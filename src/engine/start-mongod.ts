import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import mongoose from 'mongoose';
import type { RunningProgram } from './engine-file.ts';
import { spawnDetached } from './spawn-detached.ts';
import { waitUntilAnswers } from './wait-until-answers.ts';

const REPLICA_SET = 'ace';

export function mongodUri(port: number): string {
  return `mongodb://127.0.0.1:${port}/ace?replicaSet=${REPLICA_SET}`;
}

/** Starts mongod on `<dataDir>/mongod`; it answers only after `mongodBecomesPrimary`. */
export async function startMongod(program: string, dataDir: string, port: number): Promise<RunningProgram> {
  const dbpath = join(dataDir, 'mongod');
  mkdirSync(dbpath, { recursive: true, mode: 0o700 });
  const known = await spawnDetached(program, [
    '--dbpath', dbpath,
    '--port', String(port),
    '--bind_ip', '127.0.0.1',
    '--nounixsocket',
    '--quiet',
    '--replSet', REPLICA_SET,
    // Its zlib decompression reads foreign memory in versions before 6.0.27 (CVE-2025-14847).
    '--networkMessageCompressors', 'snappy,zstd',
    '--noscripting',
    '--setParameter', 'diagnosticDataCollectionEnabled=false',
  ], join(dataDir, 'mongod.log'));
  return { ...known, program, port };
}

/** The set has one member under the address it has now: a restart may have given it another port. */
async function askForPrimary(port: number): Promise<boolean> {
  const host = `127.0.0.1:${port}`;
  const client = new mongoose.mongo.MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 1_000 });
  try {
    await client.connect();
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary === true && hello.me === host) return true;
    await configure(admin, host);
    return false;
  } finally {
    await client.close();
  }
}

async function configure(admin: mongoose.mongo.Db, host: string): Promise<void> {
  const members = [{ _id: 0, host }];
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    if (config.members[0].host === host) return;
    await admin.command({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true });
  } catch (error) {
    if ((error as { codeName?: string }).codeName !== 'NotYetInitialized') throw error;
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } });
  }
}

/** Resolves when the mongod takes writes. Errors: see `waitUntilAnswers`. */
export async function mongodBecomesPrimary(running: RunningProgram, dataDir: string, timeoutMs?: number): Promise<void> {
  const program = { name: 'mongod', known: running, logFile: join(dataDir, 'mongod.log') };
  await waitUntilAnswers(program, () => askForPrimary(running.port), timeoutMs);
}
