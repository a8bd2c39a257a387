import { setTimeout as sleep } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ApiCaller } from './call-api.ts';

const RETRIES = 5;
const RETRY_MS = 500;

export interface StreamedEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}

/**
 * The events of a session until its end; after a break it goes on where it was.
 * Errors: throws where the stream is refused, breaks five times without an event between, or `signal` is aborted.
 */
export async function* readStream(caller: ApiCaller, { path, signal }: { path: string; signal: AbortSignal }): AsyncGenerator<StreamedEvent> {
  let last: string | undefined;
  for (let breaks = 0; breaks <= RETRIES; breaks += 1) {
    if (breaks > 0) await sleep(RETRY_MS, undefined, { signal });
    try {
      const response = await fetch(`${caller.url}${path}`, {
        headers: { authorization: `Bearer ${caller.key}`, accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) },
        signal,
      });
      if (!response.ok || response.body === null) throw new Error(`The stream was refused: ${response.status} ${await response.text()}`);
      const heard: EventSourceMessage[] = [];
      const parser = createParser({ onEvent: (message) => heard.push(message) });
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        parser.feed(text);
        for (const message of heard.splice(0)) {
          last = message.id ?? last;
          breaks = 0;
          yield { id: message.id, event: message.event ?? 'message', data: JSON.parse(message.data) as Record<string, unknown> };
          if (message.event === 'session.ended') return;
        }
      }
    } catch (error) {
      // What fetch throws for a connection that broke; everything else is an answer.
      if (!(error instanceof TypeError) || signal.aborted) throw error;
    }
  }
  throw new Error('The stream of events broke again and again.');
}
