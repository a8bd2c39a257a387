import { CallModel } from './call.ts';
import { DecisionModel } from './decision.ts';
import { EventModel } from './event.ts';
import { OutputModel } from './output.ts';
import { SessionAgentModel } from './session-agent.ts';
import { SessionRunModel } from './session-run.ts';
import { SessionPinsModel } from './session-pins.ts';
import { SessionModel } from './session.ts';
import type { SessionRow } from './session.ts';
import { TextChunkModel } from './text-chunk.ts';
import { ThreadModel } from './thread.ts';

type Key = Pick<SessionRow, '_id' | 'partition_key' | 'session_uuid'>;

/** What keeps a session from being deleted by itself: its agents and runs, counted. */
export async function sessionHolds({ partition_key, session_uuid }: Key): Promise<Array<{ collection: string; count: number }>> {
  const counts = await Promise.all([SessionAgentModel, SessionRunModel].map(async (model) => ({
    collection: (model as typeof SessionAgentModel).collection.name,
    count: await (model as typeof SessionAgentModel).countDocuments({ partition_key, session_uuid }),
  })));
  return counts.filter(({ count }) => count > 0);
}

/** Deletes a session and all that it holds; the session itself last, so that a deletion that was cut short can be repeated. */
export async function deleteSession({ _id, partition_key, session_uuid }: Key): Promise<void> {
  const filter = { partition_key, session_uuid };
  await CallModel.deleteMany(filter);
  await TextChunkModel.deleteMany(filter);
  await OutputModel.deleteMany(filter);
  await ThreadModel.deleteMany(filter);
  await DecisionModel.deleteMany(filter);
  await SessionPinsModel.deleteMany({ _id, partition_key });
  await SessionRunModel.deleteMany(filter);
  await SessionAgentModel.deleteMany(filter);
  await EventModel.deleteMany(filter);
  await SessionModel.deleteOne({ _id, partition_key });
}
