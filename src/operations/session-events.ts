import { LAST_EVENT } from '../records/event-types.ts';
import { lastEvent, eventsAfter } from '../records/read-events.ts';
import type { EventRow } from '../records/event.ts';
import { sessionStatus } from '../records/session.ts';
import type { SessionRow } from '../records/session.ts';
import type { TextChunkRow } from '../records/text-chunk.ts';
import { watchSession } from '../records/watch-sessions.ts';
import type { StreamEvent } from './operation.ts';
import { viewEvent } from './views.ts';
import { hasEnded } from './wait-for-session.ts';

/** A look without a call, for what the watch missed. */
const LOOK_MS = 2_000;
/** Pieces of text that wait for a slow reader; older ones are dropped, the result is in the record. */
const MOST_CHUNKS = 1_000;
const AGENT_ENDS = new Set<string>(['agent.completed', 'agent.failed', 'agent.skipped', 'agent.cancelled']);

/**
 * The events of a session after `after`, in order and without a gap, and pieces of text between them. Ends after the last
 * event, and when `signal` is aborted.
 */
export async function* sessionEvents(session: SessionRow, from: { after: number; signal: AbortSignal }): AsyncGenerator<StreamEvent> {
  const { signal } = from;
  let seq = from.after;
  let chunks: TextChunkRow[] = [];
  const speaking = new Set<string>();
  const doorbell = makeDoorbell(signal);
  const stop = watchSession(session, {
    onEvent: doorbell.ring,
    onBreak: doorbell.ring,
    onChunk(chunk) {
      chunks.push(chunk);
      if (chunks.length > MOST_CHUNKS) chunks.shift();
      doorbell.ring();
    },
  });
  try {
    while (!signal.aborted) {
      doorbell.reset();
      const rows = await eventsAfter(session, seq);
      for (const row of rows) {
        const agent = agentOf(row);
        if (row.event_type === 'agent.started' && agent !== undefined) speaking.add(agent);
        // What an agent still had to say goes before the news that it is done.
        if (AGENT_ENDS.has(row.event_type) && agent !== undefined) {
          yield* chunks.filter((chunk) => chunk.session_agent_uuid === agent).map(textEvent);
          chunks = chunks.filter((chunk) => chunk.session_agent_uuid !== agent);
          speaking.delete(agent);
        }
        yield { id: row.seq, event: row.event_type, data: viewEvent(row) };
        seq = row.seq;
      }
      const [ready, early] = [chunks.filter((chunk) => speaking.has(chunk.session_agent_uuid)), chunks.filter((chunk) => !speaking.has(chunk.session_agent_uuid))];
      chunks = early;
      yield* ready.map(textEvent);
      if (await isOver(session, rows, seq)) return;
      if (rows.length === 0 && ready.length === 0) await doorbell.heard(LOOK_MS);
    }
  } finally {
    stop();
  }
}

function agentOf(row: EventRow): string | undefined {
  const { session_agent_uuid } = JSON.parse(row.data_json) as { session_agent_uuid?: unknown };
  return typeof session_agent_uuid === 'string' ? session_agent_uuid : undefined;
}

function textEvent({ session_agent_uuid, attempt, text }: TextChunkRow): StreamEvent {
  return { event: 'text', data: { session_agent_uuid, attempt, text } };
}

/** A reset from outside reopens a session after its last event, so the record has the say. */
async function isOver(session: SessionRow, rows: EventRow[], seq: number): Promise<boolean> {
  const shown = rows.at(-1);
  if (shown !== undefined && shown.event_type !== LAST_EVENT) return false;
  const status = await sessionStatus(session.partition_key, session.session_uuid);
  if (status === null) return true;
  if (!hasEnded(status)) return false;
  const last = await lastEvent(session);
  return last !== null && last.event_type === LAST_EVENT && last.seq <= seq;
}

interface Doorbell {
  ring(): void;
  reset(): void;
  /** Resolves when it rang since the reset, or after `ms`, or when the signal is aborted. */
  heard(ms: number): Promise<void>;
}

function makeDoorbell(signal: AbortSignal): Doorbell {
  let rang = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rang = true;
    wake?.();
  };
  return {
    ring,
    reset() {
      rang = false;
    },
    async heard(ms) {
      if (rang || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => resolve(), { once: true });
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    },
  };
}
