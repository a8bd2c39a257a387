import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';
import { SessionRunModel, type SessionRunRow } from './session-run.ts';

/** An ordered list of messages that a model sees. The messages of a session's thread are those of its runs. */
export interface ThreadRow {
  /** The thread_uuid. */
  _id: string;
  partition_key: string;
  session_uuid: string | null;
  /** The agent that began it. */
  agent_uuid: string | null;
  created_at: Date;
}

const schema = new Schema<ThreadRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, default: null },
    agent_uuid: { type: String, default: null },
    created_at: { type: Date, required: true },
  },
  { collection: 'threads', versionKey: false },
);
scoped(schema, 'Thread');
schema.index({ partition_key: 1, session_uuid: 1 });

export const ThreadModel = mongoose.model<ThreadRow>('Thread', schema);

/** Levels of a thread in one read: their texts, as far as they stand in the runs, have to fit into 16 MB. */
const LEVELS_AT_ONCE = 32;

/**
 * The runs that lead to `run_uuid`, that one first: two agents that continue one thread side by side do not see each
 * other. Reads as far as it is asked.
 */
export async function* runsBackFrom(partition_key: string, run_uuid: string): AsyncGenerator<SessionRunRow> {
  let from: string | null = run_uuid;
  while (from !== null) {
    const [some]: Array<{ runs: Array<SessionRunRow & { level: number }> }> = await SessionRunModel.aggregate([
      { $match: { partition_key, _id: from } },
      { $project: { _id: 1 } },
      {
        $graphLookup: {
          from: SessionRunModel.collection.name,
          startWith: '$_id',
          connectFromField: 'previous_run_uuid',
          connectToField: '_id',
          restrictSearchWithMatch: { partition_key },
          maxDepth: LEVELS_AT_ONCE - 1,
          depthField: 'level',
          as: 'runs',
        },
      },
    ]);
    const runs: Array<SessionRunRow & { level: number }> = (some?.runs ?? []).sort((a, b) => a.level - b.level);
    for (const { level: _level, ...run } of runs) yield run;
    from = runs.at(-1)?.previous_run_uuid ?? null;
  }
}

export async function findThread(partition_key: string, thread_uuid: string): Promise<ThreadRow | null> {
  return ThreadModel.findOne({ partition_key, _id: thread_uuid }).lean<ThreadRow>();
}

/** The first 500 runs of a thread, oldest first. */
export async function runsOfThread(partition_key: string, thread_uuid: string): Promise<SessionRunRow[]> {
  return SessionRunModel.find({ partition_key, thread_uuid }).sort({ created_at: 1 }).limit(500).lean<SessionRunRow[]>();
}
