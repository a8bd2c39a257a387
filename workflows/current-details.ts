import type { Graph } from '../src/scheduler/graph.ts';
import { sessionStatus } from '../src/scheduler/session-status.ts';
import type { SessionState } from '../src/scheduler/state.ts';
import { usd } from './usd.ts';

const SHOWN = 20;

/** What the Temporal UI shows of a session that runs, in Markdown: what runs, what waits and for whom, what it has cost. */
export function currentDetails(graph: Graph, state: SessionState, about: { coordination_name: string; refusals: string[] }): string {
  const name = (instance: string | number): string => graph.nodes[state.node[Number(instance)]!]!.n;
  const decision = (uuid: string): string => {
    const { instance, when } = state.decisions[uuid]!;
    return `${name(instance)}, ${when} it runs: decision \`${uuid}\``;
  };
  const running = Object.keys(state.launched_at);
  const total = state.phase.length;
  const { input_tokens, output_tokens, cost_nano_usd } = state.usage;
  const lines = [
    `**${about.coordination_name}**: ${sessionStatus(state)}, ${total - state.live} of ${total} steps ended.`,
    `${input_tokens} tokens in, ${output_tokens} out, $${usd(cost_nano_usd)}.`,
  ];
  if (running.length > 0) lines.push('', `Running (${running.length}):`, ...list(running, name));
  if (state.deciding > 0) lines.push('', `Waiting for a person (${state.deciding}):`, ...list(Object.keys(state.decisions), decision));
  if (state.resting > 0) lines.push('', `Waiting for their next try (${state.resting}):`, ...list(Object.keys(state.provider_waits), name));
  if (about.refusals.length > 0) lines.push('', 'Refused answers:', ...list(about.refusals, (line) => line));
  return lines.join('\n');
}

/** Made at every event, and thousands may wait: only what is shown is put into words. */
function list(items: string[], words: (item: string) => string): string[] {
  const shown = items.slice(0, SHOWN).map((item) => `- ${words(item)}`);
  return items.length > SHOWN ? [...shown, `- and ${items.length - SHOWN} more`] : shown;
}
