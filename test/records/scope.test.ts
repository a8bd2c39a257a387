import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import '../../src/operations/index.ts';
import '../../activities/index.ts';
import { connectRecords, disconnectRecords } from '../../src/records/connect.ts';
import { databaseUri } from '../http/api-under-test.ts';

/** What gives the key, and what belongs to no project. */
const BEYOND_PROJECTS = ['ProjectModel', 'Lease'];
const records = Object.values(mongoose.models).filter((model) => !BEYOND_PROJECTS.includes(model.modelName));
type Record = (typeof records)[number];

beforeAll(() => connectRecords(databaseUri('records_scope')));
afterAll(() => disconnectRecords());

const UNSCOPED: unknown[] = [undefined, null, '', 7, { $gt: '' }, { $ne: null }, ['local#default'], /local/];

const QUERIES: Array<[string, (model: Record, filter: any) => Promise<unknown>]> = [
  ['find', (model, filter) => model.find(filter).exec()],
  ['findOne', (model, filter) => model.findOne(filter).exec()],
  ['exists', (model, filter) => model.exists(filter).exec()],
  ['countDocuments', (model, filter) => model.countDocuments(filter).exec()],
  ['distinct', (model, filter) => model.distinct('_id', filter).exec()],
  ['updateOne', (model, filter) => model.updateOne(filter, { $set: { created_at: new Date() } }).exec()],
  ['updateMany', (model, filter) => model.updateMany(filter, { $set: { created_at: new Date() } }).exec()],
  ['findOneAndUpdate', (model, filter) => model.findOneAndUpdate(filter, { $set: { created_at: new Date() } }).exec()],
  ['replaceOne', (model, filter) => model.replaceOne(filter, {}).exec()],
  ['findOneAndReplace', (model, filter) => model.findOneAndReplace(filter, {}).exec()],
  ['deleteOne', (model, filter) => model.deleteOne(filter).exec()],
  ['deleteMany', (model, filter) => model.deleteMany(filter).exec()],
  ['findOneAndDelete', (model, filter) => model.findOneAndDelete(filter).exec()],
  ['aggregate', (model, filter) => model.aggregate([{ $match: filter }]).exec()],
  ['bulkWrite', (model, filter) => model.bulkWrite([{ deleteOne: { filter } }])],
];

test('every record but those that belong to no project is here', () => {
  expect(records.length).toBeGreaterThanOrEqual(16);
  for (const model of records) expect([model.modelName, model.schema.path('partition_key') !== undefined]).toEqual([model.modelName, true]);
});

test.each(records.map((model) => [model.modelName, model] as const))('%s refuses every query that does not name one project', async (_name, model) => {
  const _id = model.schema.path('_id').instance === 'String' ? 'x' : new mongoose.Types.ObjectId();
  for (const [method, query] of QUERIES) {
    for (const partition_key of UNSCOPED) {
      const filter = partition_key === undefined ? { _id } : { _id, partition_key };
      expect([method, partition_key, await query(model, filter).then(() => 'carried out', (error: Error) => error.message)]).toEqual([method, partition_key, expect.stringContaining('without a partition_key')]);
    }
    // Named below an $or it would let other projects in.
    const message = await query(model, { $or: [{ partition_key: 'local#default' }, {}] }).then(() => 'carried out', (error: Error) => error.message);
    expect([method, message]).toEqual([method, expect.stringContaining('without a partition_key')]);
    if (!['replaceOne', 'findOneAndReplace'].includes(method)) await query(model, { _id, partition_key: 'local#default' });
  }
  await expect(model.insertMany([{ _id }])).rejects.toThrow('without a partition_key');
  await expect(model.create({ _id } as never)).rejects.toThrow(/partition_key/);
  await expect(model.aggregate([{ $sort: { _id: 1 } }]).exec()).rejects.toThrow('without a partition_key');
  await expect(model.estimatedDocumentCount().exec()).rejects.toThrow('without a partition_key');
});
