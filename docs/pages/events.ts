import { EVENT_TYPES, LAST_EVENT } from '../../src/records/event-types.ts';
import { page, table } from './markdown.ts';

/** Every type of event of a session. */
export function eventsPage(): string {
  const rows = Object.entries(EVENT_TYPES).map(([type, [severity, about]]) => [`\`${type}\``, severity, about]);
  return page('Events', [
    `A session's events are numbered by \`seq\` from 1 without a gap. \`GET /v1/sessions/{session_uuid}/events\` lists them; \`GET /v1/sessions/{session_uuid}/stream\` sends them as they happen and ends after \`${LAST_EVENT}\`. `
    + 'The stream also carries events named `text`: pieces of an agent\'s answer as the model writes it, without a number and not kept. The fields of an event are in [Event](schemas.md#event).',
    table(['Type', 'Severity', 'When it is written'], rows),
  ]);
}
