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

/** The runs that lead to `run_uuid`, oldest first: two agents that continue one thread side by side do not see each other. */
export async function threadUpTo(partition_key: string, thread_uuid: string, run_uuid: string): Promise<SessionRunRow[]> {
  const runs = await SessionRunModel.find({ partition_key, thread_uuid }).lean<SessionRunRow[]>();
  const byUuid = new Map(runs.map((run) => [run._id, run]));
  const path: SessionRunRow[] = [];
  for (let run = byUuid.get(run_uuid); run !== undefined; run = run.previous_run_uuid === null ? undefined : byUuid.get(run.previous_run_uuid)) {
    path.push(run);
  }
  return path.reverse();
}

export async function findThread(partition_key: string, thread_uuid: string): Promise<ThreadRow | null> {
  return ThreadModel.findOne({ partition_key, _id: thread_uuid }).lean<ThreadRow>();
}

/** The first 500 runs of a thread, oldest first. */
export async function runsOfThread(partition_key: string, thread_uuid: string): Promise<SessionRunRow[]> {
  return SessionRunModel.find({ partition_key, thread_uuid }).sort({ created_at: 1 }).limit(500).lean<SessionRunRow[]>();
}
