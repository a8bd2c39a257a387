import mongoose from 'mongoose';

/** How many documents each collection holds: what a refused request must not change. */
export async function storedCounts(): Promise<Record<string, number>> {
  const collections = await mongoose.connection.db!.listCollections({}, { nameOnly: true }).toArray();
  const counts = await Promise.all(collections.map(async ({ name }) => [name, await mongoose.connection.collection(name).countDocuments()] as const));
  return Object.fromEntries(counts.filter(([, count]) => count > 0).sort());
}
