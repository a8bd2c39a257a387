import { say, style } from '../start/terminal.ts';
import type { StreamedEvent } from './read-stream.ts';

interface Speaker {
  name: string;
  /** What has been printed of its text. */
  printed: string;
  /** What waits while another one's text is being printed. */
  waiting: string;
  started: number;
}

export interface AgentResult {
  agent_output: string | null;
  model: string | null;
  usage: { input_tokens: number; output_tokens: number } | null;
  cost_usd: string;
}

/** Prints a session as it happens: one agent's text at a time, the others' when it is done. */
export function sessionPrinter(resultOf: (session_agent_uuid: string) => Promise<AgentResult>) {
  const speakers = new Map<string, Speaker>();
  let speaking: string | undefined;

  const print = (uuid: string, text: string): void => {
    const speaker = speakers.get(uuid)!;
    if (speaking === undefined) {
      speaking = uuid;
      process.stdout.write(`${style('cyan', `${speaker.name}:`)} `);
    }
    if (speaking === uuid) {
      process.stdout.write(text);
      speaker.printed += text;
    } else {
      speaker.waiting += text;
    }
  };

  const finish = async (uuid: string): Promise<void> => {
    const speaker = speakers.get(uuid)!;
    const result = await resultOf(uuid);
    const said = result.agent_output ?? '';
    const shown = speaker.printed + speaker.waiting;
    // The last words of a text do not come as chunks, and a repeated call begins again.
    const rest = said.startsWith(shown) ? said.slice(shown.length) : `\n${said}`;
    if (speaking !== undefined && speaking !== uuid) {
      speaker.waiting += rest;
    } else {
      print(uuid, rest);
      speaking = undefined;
      say();
    }
    const seconds = ((Date.now() - speaker.started) / 1_000).toFixed(1);
    const { input_tokens = 0, output_tokens = 0 } = result.usage ?? {};
    ended.push(() => say(style('dim', `  ${speaker.name} finished: ${result.model}, ${input_tokens} tokens in, ${output_tokens} out, $${result.cost_usd}, ${seconds} s`)));
    if (speaking === undefined) flush();
  };

  const ended: Array<() => void> = [];
  const flush = (): void => {
    for (const [, speaker] of speakers) {
      if (speaker.waiting === '') continue;
      say(`${style('cyan', `${speaker.name}:`)} ${speaker.waiting}`);
      speaker.printed += speaker.waiting;
      speaker.waiting = '';
    }
    for (const line of ended.splice(0)) line();
  };

  return async function show({ event, data }: StreamedEvent): Promise<void> {
    const payload = (data.data ?? data) as Record<string, unknown>;
    const uuid = String(payload.session_agent_uuid ?? '');
    if (event === 'agent.started') {
      const name = String(payload.agent_name);
      speakers.set(uuid, { name, printed: '', waiting: '', started: Date.now() });
      if (speaking === undefined) say(style('dim', `  ${name} started`));
    } else if (event === 'text' && speakers.has(uuid)) {
      print(uuid, String(payload.text));
    } else if (event === 'agent.completed' && speakers.has(uuid)) {
      await finish(uuid);
    } else if (event === 'agent.failed' || event === 'agent.retrying' || event === 'agent.skipped' || event === 'decision.requested') {
      const code = typeof payload.code === 'string' ? ` (${payload.code})` : '';
      const next = typeof payload.next_in_ms === 'number' ? `; next try in ${(payload.next_in_ms / 1_000).toFixed(1)} s` : '';
      say(style('yellow', `  ${String(data.message ?? event)}${code}${next}`));
    }
  };
}
