import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ApiCaller } from './call-api.ts';

export interface StreamedEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}

/** The events of a session until the server closes the stream; after a break it goes on where it was. */
export async function* readStream(caller: ApiCaller, path: string): AsyncGenerator<StreamedEvent> {
  let last: string | undefined;
  for (;;) {
    const response = await fetch(`${caller.url}${path}`, {
      headers: { authorization: `Bearer ${caller.key}`, accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) },
    });
    if (!response.ok || response.body === null) throw new Error(`The stream was refused: ${response.status} ${await response.text()}`);
    const heard: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => heard.push(message) });
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      parser.feed(text);
      for (const message of heard.splice(0)) {
        last = message.id ?? last;
        yield { id: message.id, event: message.event ?? 'message', data: JSON.parse(message.data) as Record<string, unknown> };
        if (message.event === 'session.ended') return;
      }
    }
  }
}
