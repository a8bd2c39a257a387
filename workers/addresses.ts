import { Connection } from '@temporalio/client';
import type { Config } from '../src/config.ts';
import { spareLoopback } from '../src/engine/spare-loopback.ts';
import { connectRecords, ensureIndexes } from '../src/records/connect.ts';

/** Where Temporal and MongoDB are, for a process that joins an engine. Errors: says which variable is missing. */
export function addressesOf(config: Config): { temporal_address: string; mongodb_uri: string } {
  spareLoopback();
  const { temporalAddress, mongodbUri } = config;
  const missing = [temporalAddress === undefined ? 'TEMPORAL_ADDRESS' : '', mongodbUri === undefined ? 'MONGODB_URI' : ''].filter(Boolean);
  if (temporalAddress === undefined || mongodbUri === undefined) {
    throw new Error(`Set ${missing.join(' and ')}: this process joins an engine that runs. npm start prints both, or starts everything in one process.`);
  }
  return { temporal_address: temporalAddress, mongodb_uri: mongodbUri };
}

/** Connects the records and builds their indexes. Errors: says that MONGODB_URI is not to be used and why, without repeating it. */
export async function joinRecords(uri: string): Promise<void> {
  try {
    await connectRecords(uri);
  } catch (error) {
    const { name, message } = error as Error;
    // What cannot be parsed is quoted by the driver, password and all.
    const why = name === 'MongoParseError' || error instanceof TypeError ? 'it is no address of a MongoDB' : message;
    throw new Error(`No MongoDB answers at the address in MONGODB_URI: ${why}. Start it or set the variable to where it is.`);
  }
  await ensureIndexes();
}

/** Asks whether a Temporal server answers. Errors: rejects after 5 s, naming the address. */
export async function askTemporal(address: string): Promise<void> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '5s' });
    await connection.close();
  } catch (error) {
    throw new Error(`TEMPORAL_ADDRESS is ${address}, and no Temporal server answers there. Start it or set the variable to where it is.`, { cause: error });
  }
}
