import mongoose from 'mongoose';

/** Resolves when MongoDB answers; rejects when it does not within `timeoutMs`. */
export async function pingRecords(timeoutMs: number): Promise<void> {
  const db = mongoose.connection.db;
  if (db === undefined) throw new Error('Not connected to MongoDB');
  await db.admin().command({ ping: 1 }, { timeoutMS: timeoutMs });
}
