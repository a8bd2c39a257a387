import { Client, Connection } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { connectRecords, disconnectRecords, ensureIndexes } from '../../src/records/connect.ts';

/** A task queue, a database and a project of one test file, on the servers that all files share. */
export interface TestPlace {
  client: Client;
  task_queue: string;
  partition_key: string;
  mongodb_uri: string;
  /** Lets go of the servers. */
  stop(): Promise<void>;
}

export async function startTestPlace(): Promise<TestPlace> {
  const id = uuidv7();
  const mongo = new URL(process.env.MONGODB_URI!);
  mongo.pathname = `/test_${id.replaceAll('-', '')}`;
  await connectRecords(mongo.href);
  await ensureIndexes();
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS! });
  return {
    client: new Client({ connection }),
    task_queue: `test-${id}`,
    partition_key: `local#${id}`,
    mongodb_uri: mongo.href,
    async stop() {
      await connection.close();
      await disconnectRecords();
    },
  };
}
