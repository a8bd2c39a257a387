import type { Graph } from '../src/scheduler/graph.ts';
import { sessionStatus } from '../src/scheduler/session-status.ts';
import { PHASE, type SessionState } from '../src/scheduler/state.ts';

const SHOWN = 20;

/** What the Temporal UI shows of a session that runs, in Markdown: what runs, what waits and for whom, what it has cost. */
export function currentDetails(graph: Graph, state: SessionState, about: { coordination_name: string; refusals: string[] }): string {
  const name = (instance: number): string => graph.nodes[state.node[instance]!]!.n;
  const running = Object.keys(state.launched_at).map(Number).filter((instance) => state.phase[instance] === PHASE.running);
  const decisions = Object.entries(state.decisions);
  const total = state.phase.length;
  const { input_tokens, output_tokens, cost_nano_usd } = state.usage;
  const lines = [
    `**${about.coordination_name}**: ${sessionStatus(state)}, ${total - state.live} of ${total} steps ended.`,
    `${input_tokens} tokens in, ${output_tokens} out, $${(cost_nano_usd / 1e9).toFixed(6)}.`,
  ];
  if (running.length > 0) lines.push('', `Running (${running.length}):`, ...list(running.map(name)));
  if (decisions.length > 0) {
    lines.push('', `Waiting for a person (${decisions.length}):`, ...list(decisions.map(([uuid, { instance, when }]) => `${name(instance)}, ${when} it runs: decision \`${uuid}\``)));
  }
  const away = Object.keys(state.provider_waits).map(Number);
  if (away.length > 0) lines.push('', `Waiting for a model vendor that is away (${away.length}):`, ...list(away.map(name)));
  if (about.refusals.length > 0) lines.push('', 'Refused answers:', ...list(about.refusals));
  return lines.join('\n');
}

function list(items: string[]): string[] {
  const shown = items.slice(0, SHOWN).map((item) => `- ${item}`);
  return items.length > SHOWN ? [...shown, `- and ${items.length - SHOWN} more`] : shown;
}
