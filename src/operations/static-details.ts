import type { SessionRow } from '../records/session.ts';

/** What the Temporal UI shows of a session from its start to its end, in Markdown. */
export function staticDetails({ coordination_name, coordination_uuid, version, user_id, session_uuid }: Pick<SessionRow, 'coordination_name' | 'coordination_uuid' | 'version' | 'user_id' | 'session_uuid'>): string {
  const self = `/v1/sessions/${session_uuid}`;
  return [
    `A session of **${plain(coordination_name)}**, version ${version}, started by ${user_id === null ? 'nobody named' : plain(user_id)}.`,
    '',
    `- Session: \`${self}\``,
    `- What happened: \`${self}/events\``,
    `- What was asked and answered: \`${self}/runs\``,
    `- Coordination: \`/v1/coordinations/${coordination_uuid}\``,
  ].join('\n');
}

/** A name that a caller chose, without what Markdown would read as its own. */
function plain(name: string): string {
  return name.slice(0, 200).replace(/[\\`*_[\]()<>#|!]/g, '\\$&').replace(/\s+/g, ' ');
}
