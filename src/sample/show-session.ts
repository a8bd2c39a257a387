import { style } from '../start/terminal.ts';
import type { StreamedEvent } from './read-stream.ts';

interface Speaker {
  name: string;
  /** What of its answer has been written. */
  shown: string;
  /** What waits while another one's answer is being written. */
  waiting: string;
  started: number;
  /** The line after which it is silent: how its answer, or one try of it, ended. */
  closing?: string;
}

export interface AgentResult {
  agent_output: string | null;
  model: string | null;
  usage: { input_tokens: number; output_tokens: number } | null;
  cost_usd: string;
}

export interface PrinterParts {
  resultOf(session_agent_uuid: string): Promise<AgentResult>;
  write(text: string): void;
}

/** Prints a session as it happens: one agent's text at a time, as it streams; what others say meanwhile comes after it. */
export function sessionPrinter({ resultOf, write }: PrinterParts): (event: StreamedEvent) => Promise<void> {
  const speakers = new Map<string, Speaker>();
  const notes: string[] = [];
  let speaking: Speaker | undefined;

  const next = (): Speaker | undefined => {
    const waiting = [...speakers.values()].filter((speaker) => speaker.waiting !== '' || speaker.closing !== undefined);
    return waiting.find((speaker) => speaker.closing !== undefined) ?? waiting[0];
  };

  const print = (): void => {
    for (;;) {
      if (speaking === undefined) {
        for (const note of notes.splice(0)) write(`${note}\n`);
        speaking = next();
        if (speaking === undefined) return;
        if (speaking.waiting !== '') write(`${style('cyan', `${speaking.name}:`)} `);
      }
      write(speaking.waiting);
      speaking.shown += speaking.waiting;
      speaking.waiting = '';
      if (speaking.closing === undefined) return;
      write(`${speaking.shown === '' ? '' : '\n'}${speaking.closing}\n`);
      speaking.shown = '';
      delete speaking.closing;
      speaking = undefined;
    }
  };

  const finish = async (uuid: string, one: Speaker): Promise<void> => {
    const result = await resultOf(uuid);
    const said = result.agent_output ?? '';
    const shown = one.shown + one.waiting;
    // The last words of a text do not come as chunks.
    one.waiting += said.startsWith(shown) ? said.slice(shown.length) : `\n${said}`;
    const seconds = ((Date.now() - one.started) / 1_000).toFixed(1);
    const { input_tokens = 0, output_tokens = 0 } = result.usage ?? {};
    one.closing = style('dim', `  ${one.name} finished: ${result.model}, ${input_tokens} tokens in, ${output_tokens} out, $${result.cost_usd}, ${seconds} s`);
  };

  return async function show({ event, data }: StreamedEvent): Promise<void> {
    const payload = (data.data ?? data) as Record<string, unknown>;
    const uuid = String(payload.session_agent_uuid ?? '');
    const one = speakers.get(uuid);
    if (event === 'agent.started') {
      const name = String(payload.agent_name);
      speakers.set(uuid, { name, shown: '', waiting: '', started: Date.now() });
      notes.push(style('dim', `  ${name} started`));
    } else if (event === 'text' && one !== undefined) {
      one.waiting += String(payload.text);
    } else if (event === 'agent.completed' && one !== undefined) {
      await finish(uuid, one);
    } else if (['agent.retrying', 'agent.failed', 'agent.skipped', 'decision.requested'].includes(event)) {
      const line = style('yellow', `  ${noteOf(event, { data, payload })}`);
      const unheard = one !== undefined && one !== speaking && event === 'agent.retrying';
      // What nobody has heard yet will be said again.
      if (unheard) one.waiting = '';
      if (one === undefined || unheard) notes.push(line);
      else one.closing = line;
    }
    print();
  };
}

/** What happened, its code, and what comes next. */
function noteOf(event: string, { data, payload }: { data: Record<string, unknown>; payload: Record<string, unknown> }): string {
  const code = typeof payload.code === 'string' ? ` (${payload.code})` : '';
  const next = typeof payload.next_in_ms === 'number' ? `; next try in ${(payload.next_in_ms / 1_000).toFixed(1)} s` : '';
  return `${String(data.message ?? event)}${code}${next}`;
}
