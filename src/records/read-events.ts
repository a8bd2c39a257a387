import { EventModel } from './event.ts';
import type { EventRow } from './event.ts';

const BATCH = 500;
type OfSession = { partition_key: string; session_uuid: string };

/** A session's next events after number `seq`, at most 500. */
export async function eventsAfter({ partition_key, session_uuid }: OfSession, seq: number): Promise<EventRow[]> {
  return EventModel.find({ partition_key, session_uuid, seq: { $gt: seq } }).sort({ seq: 1 }).limit(BATCH).lean<EventRow[]>();
}

export async function lastEvent({ partition_key, session_uuid }: OfSession): Promise<EventRow | null> {
  return EventModel.findOne({ partition_key, session_uuid }).sort({ seq: -1 }).lean<EventRow>();
}
