import { LRUCache } from 'lru-cache';
import { deriveUuid } from './derive-uuid.ts';
import { EVENT_TYPES, LAST_EVENT, type EventSeverity, type EventType } from './event-types.ts';
import { EventModel, type EventRow } from './event.ts';
import { isDuplicateKey } from './is-duplicate-key.ts';

export interface NewEvent {
  event_type: EventType;
  /** What it reports, unique in its session: `agent.completed/<session_agent_uuid>`. Written a second time, it is dropped. */
  event_key: string;
  source_agent_id?: string | null;
  source_component: string;
  data?: Record<string, unknown>;
  message?: string;
  severity?: EventSeverity;
}

interface Waiting {
  event: NewEvent;
  timestamp: Date;
  done: () => void;
  failed: (error: unknown) => void;
}

interface Appender {
  waiting: Waiting[];
  writing: boolean;
  timer: NodeJS.Timeout | undefined;
}

const appenders = new Map<string, Appender>();
interface Last {
  seq: number;
  ended: boolean;
}

/** The last event this process saw of a session: a guess, which the unique index checks. */
const lastOnes = new LRUCache<string, Last>({ max: 5_000 });
const BATCH = 500;
/** How long an event that may wait does, for another to share its write. */
const WAIT_MS = 50;

/**
 * Appends events to a session's record of what happened. The number is taken in the write that inserts the event: an
 * ordered insert at the next free number stops at the first one that is taken, so there is never a gap, nor n+1 before
 * n, however many processes write. Events of one process that come together share a write; with `may_wait` they give
 * others 50 ms to come. Resolves when a majority has them. After `session.ended` nothing is told but a reopening: late
 * news of a session, as of a worker that was frozen, is dropped.
 */
export function appendEvents(session: { partition_key: string; session_uuid: string }, events: NewEvent[], { may_wait = false } = {}): Promise<void> {
  const key = `${session.partition_key}/${session.session_uuid}`;
  const appender = appenders.get(key) ?? { waiting: [], writing: false, timer: undefined };
  appenders.set(key, appender);
  const timestamp = new Date();
  const written = events.map((event) => new Promise<void>((done, failed) => appender.waiting.push({ event, timestamp, done, failed })));
  if (may_wait) appender.timer ??= setTimeout(() => void drain(session, key, appender), WAIT_MS);
  else void drain(session, key, appender);
  return Promise.all(written).then(() => undefined);
}

async function drain(session: { partition_key: string; session_uuid: string }, key: string, appender: Appender): Promise<void> {
  clearTimeout(appender.timer);
  appender.timer = undefined;
  if (appender.writing) return;
  appender.writing = true;
  while (appender.waiting.length > 0) {
    const batch = appender.waiting.splice(0, BATCH);
    try {
      await writeBatch(session, key, batch);
    } catch (error) {
      lastOnes.delete(key);
      for (const waiting of batch) waiting.failed(error);
    }
  }
  appender.writing = false;
  if (appender.timer === undefined) appenders.delete(key);
}

async function writeBatch(session: { partition_key: string; session_uuid: string }, key: string, batch: Waiting[]): Promise<void> {
  let rest = batch;
  while (rest.length > 0) {
    const seen = lastOnes.get(key);
    // An end is read again before anything is dropped for it: another process may have reopened the session since.
    const last = seen === undefined || seen.ended ? await readLast(session) : seen;
    if (last.ended) {
      // Whoever takes the next number knows what stands at the last one: nobody can come between.
      const reopening = rest.findIndex(({ event }) => event.event_type === 'session.reopened');
      const late = reopening < 0 ? rest : rest.slice(0, reopening);
      late.forEach((waiting) => waiting.done());
      rest = rest.slice(late.length);
      if (rest.length === 0) return;
    }
    const end = rest.findIndex(({ event }) => event.event_type === LAST_EVENT);
    const rows = (end < 0 ? rest : rest.slice(0, end + 1)).map((waiting, index) => rowOf(session, waiting, last.seq + 1 + index));
    const taken = await insertInOrder(rows);
    rest.slice(0, taken.inserted).forEach((waiting) => waiting.done());
    rest = rest.slice(taken.inserted);
    const written = rows[taken.inserted - 1];
    const now = written === undefined ? last : { seq: written.seq, ended: written.event_type === LAST_EVENT };
    if (taken.stopped === 'seq') lastOnes.delete(key);
    else lastOnes.set(key, now);
    if (taken.stopped === 'known') {
      rest[0]!.done();
      rest = rest.slice(1);
    }
  }
}

function rowOf(session: { partition_key: string; session_uuid: string }, { event, timestamp }: Waiting, seq: number): EventRow {
  return {
    _id: eventUuid(session, event.event_key),
    partition_key: session.partition_key,
    timestamp,
    event_type: event.event_type,
    severity: event.severity ?? EVENT_TYPES[event.event_type][0],
    source_agent_id: event.source_agent_id ?? null,
    source_component: event.source_component,
    data_json: JSON.stringify(event.data ?? {}),
    message: event.message ?? '',
    message_queue_topic: `sessions/${session.session_uuid}`,
    session_uuid: session.session_uuid,
    seq,
    event_key: event.event_key,
  };
}

/** What is told twice has the same id, and is written once. */
function eventUuid(session: { partition_key: string; session_uuid: string }, event_key: string): string {
  return deriveUuid(session.session_uuid, `${session.partition_key}/${session.session_uuid}/event/${event_key}`);
}

async function insertInOrder(rows: EventRow[]): Promise<{ inserted: number; stopped: 'none' | 'known' | 'seq' }> {
  try {
    // The driver's own insert: the rows were made here, and casting each of thousands again costs more than the write.
    await EventModel.collection.insertMany(rows as never, { ordered: true });
    return { inserted: rows.length, stopped: 'none' };
  } catch (error) {
    const { result, writeErrors } = error as {
      result?: { insertedCount: number };
      writeErrors?: Array<{ index: number; errmsg?: string }>;
    };
    const first = Array.isArray(writeErrors) ? writeErrors[0] : writeErrors;
    if (!isDuplicateKey(error) || first === undefined || first === null) throw error;
    // The driver does not hand on `keyPattern` for bulk writes; the server's message names the index.
    const known = `${first.errmsg ?? ''}${(error as Error).message}`.includes('index: _id_');
    return { inserted: first.index ?? result?.insertedCount ?? 0, stopped: known ? 'known' : 'seq' };
  }
}

async function readLast(session: { partition_key: string; session_uuid: string }): Promise<Last> {
  const row = await EventModel.findOne({ partition_key: session.partition_key, session_uuid: session.session_uuid })
    .sort({ seq: -1 })
    .select({ seq: 1, event_type: 1 })
    .lean<Pick<EventRow, 'seq' | 'event_type'>>();
  return row === null ? { seq: 0, ended: false } : { seq: row.seq, ended: row.event_type === LAST_EVENT };
}
