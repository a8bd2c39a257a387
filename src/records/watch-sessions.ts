import mongoose from 'mongoose';
import type { TextChunkRow } from './text-chunk.ts';

/** What a listener to a session hears. Either may be missed; events are read again from their record. */
export interface SessionWatcher {
  /** An event was written. */
  onEvent(): void;
  onChunk(chunk: TextChunkRow): void;
  /** The watch broke off; listeners look by themselves until it is back. */
  onBreak(): void;
}

interface Inserted {
  ns: { coll: string };
  fullDocument?: { partition_key: string; session_uuid: string };
}

const REOPEN_MS = 1_000;
const watchers = new Map<string, Set<SessionWatcher>>();
let stream: { close(): Promise<void> } | undefined;

/** Hears of a session's events and texts until the returned function is called. One change stream serves all listeners of a process. */
export function watchSession(session: { partition_key: string; session_uuid: string }, watcher: SessionWatcher): () => void {
  const key = `${session.partition_key}/${session.session_uuid}`;
  const group = watchers.get(key) ?? new Set();
  watchers.set(key, group.add(watcher));
  if (stream === undefined) open();
  return () => {
    group.delete(watcher);
    if (group.size === 0 && watchers.get(key) === group) watchers.delete(key);
    if (watchers.size === 0) shut();
  };
}

function open(): void {
  const changes = mongoose.connection.watch<Inserted>([{ $match: { operationType: 'insert', 'ns.coll': { $in: ['events', 'text_chunks'] } } }]);
  stream = changes;
  changes.on('change', (change: Inserted) => {
    const row = change.fullDocument;
    if (row === undefined) return;
    for (const watcher of watchers.get(`${row.partition_key}/${row.session_uuid}`) ?? []) {
      if (change.ns.coll === 'events') watcher.onEvent();
      else watcher.onChunk(row as TextChunkRow);
    }
  });
  // A stream that broke for good is opened anew; meanwhile every listener looks by itself.
  changes.on('error', () => {
    if (stream !== changes) return;
    shut();
    for (const group of watchers.values()) for (const watcher of group) watcher.onBreak();
    setTimeout(() => {
      if (stream === undefined && watchers.size > 0) open();
    }, REOPEN_MS).unref();
  });
}

function shut(): void {
  const closing = stream;
  stream = undefined;
  closing?.close().catch(() => {
    // It is given up; the driver's own end of it changes nothing.
  });
}
