import { Connection } from '@temporalio/client';
import mongoose from 'mongoose';
import type { Log } from './log.ts';

/**
 * Checks the server that `TEMPORAL_ADDRESS` names; answers null, as nothing was started.
 * Errors: rejects after 10 s without an answer.
 */
export async function temporalAnswersAt(address: string, log: Log): Promise<null> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '10s' });
    await connection.close();
  } catch (error) {
    throw new Error(`TEMPORAL_ADDRESS is ${address}, and no Temporal server answers there. Start it, or unset the variable to let the engine start its own.`, { cause: error });
  }
  log(`Temporal server: TEMPORAL_ADDRESS names ${address}, which answers`);
  return null;
}

/**
 * Checks the server that `MONGODB_URI` names; answers null, as nothing was started.
 * Errors: rejects after 10 s (or the address's own `serverSelectionTimeoutMS`) without an answer, and where it is no replica set (transactions need one).
 */
export async function mongodbAnswersAt(uri: string, log: Log): Promise<null> {
  const patience = /[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: 10_000 };
  let client: mongoose.mongo.MongoClient | undefined;
  try {
    client = new mongoose.mongo.MongoClient(uri, patience);
    const hello = await client.db('admin').command({ hello: 1 });
    if (hello.setName === undefined && hello.msg !== 'isdbgrid') throw new Error('the server is not a replica set');
  } catch (error) {
    // The address may carry a password, and the driver's messages may repeat the address.
    const why = (error as Error).name === 'Error' ? (error as Error).message : (error as Error).name;
    throw new Error(`No usable MongoDB answers at the address in MONGODB_URI: ${why}. Start it, or unset the variable to let the engine start its own.`);
  } finally {
    await client?.close();
  }
  log('mongod: MONGODB_URI names a server that answers');
  return null;
}
