import mongoose from 'mongoose';
import type { ClientSession } from 'mongoose';

/** Several writes as one; tried again by itself when another transaction was in the way. Errors: what `work` throws. */
export async function inTransaction<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result> {
  let result: Result | undefined;
  await mongoose.connection.transaction(async (session) => {
    result = await work(session);
  }, { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
  return result as Result;
}
