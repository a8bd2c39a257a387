import { setTimeout as sleep } from 'node:timers/promises';
import { estimateTokens } from './estimate-tokens.ts';
import { minimalInstance } from './minimal-instance.ts';
import type { ModelCall, ModelRequest, ModelResponse, Provider } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { ScriptedConfig, type ScriptEntry } from './scripted-config.ts';
import { watchCall, type Watch } from './stream-watchdog.ts';

const TASK_CHARACTERS = 200;

/** Answers, delays and errors written in the agent's `config.script`: to try a coordination out, and for tests. */
export const scripted: Provider = {
  name: 'scripted',
  call: (request, call) => watchCall(call, (watch) => act(request, call, watch)),
  check: async () => ({ available: true }),
};

async function act(request: ModelRequest, call: ModelCall, watch: Watch): Promise<ModelResponse> {
  const prompt = promptOf(request);
  const entry = entryFor(request, prompt, call.attempt);
  if (entry.delay_ms) await pause(entry.delay_ms, call, watch);
  if (entry.error) {
    const { code, message, retry_after_ms } = entry.error;
    throw new ProviderError(code, message ?? 'The script says so.', { retry_after_ms });
  }
  if (entry.hang) await new Promise<never>((_, reject) => watch.signal.addEventListener('abort', () => reject(watch.signal.reason)));

  const text = textOf(entry, request, prompt);
  const shown = entry.cut ? text.slice(0, Math.ceil(text.length / 2)) : text;
  const pieces = entry.chunk_ms === undefined ? [shown] : shown.split(/(?<=\s)(?=\S)/);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && entry.chunk_ms) await pause(entry.chunk_ms, call, watch);
    watch.signal.throwIfAborted();
    watch.content();
    if (piece) call.on_text(piece);
  }
  if (entry.cut) throw new ProviderError('provider.stream_cut', 'The script cuts the answer here.');
  return {
    text,
    finish_reason: 'stop',
    usage: { input_tokens: estimateTokens(prompt), output_tokens: estimateTokens(text), cached_input_tokens: 0 },
    model: request.model,
    request_id: null,
  };
}

function entryFor(request: ModelRequest, prompt: string, attempt: number): ScriptEntry {
  const config = ScriptedConfig.safeParse(request.config);
  if (!config.success) {
    const issue = config.error.issues[0];
    throw new ProviderError('provider.bad_request', `config.${issue?.path.join('.')}: ${issue?.message}`);
  }
  const matches = ({ when, times }: ScriptEntry) => prompt.includes(when ?? '') && attempt <= (times ?? Infinity);
  return config.data.script?.find(matches) ?? {};
}

function textOf(entry: ScriptEntry, request: ModelRequest, prompt: string): string {
  if (entry.text !== undefined) return entry.text;
  if (entry.json !== undefined) return JSON.stringify(entry.json);
  if (entry.echo) return prompt;
  if (entry.output_bytes !== undefined) return 'scripted '.repeat(Math.ceil(entry.output_bytes / 9)).slice(0, entry.output_bytes);
  const task = request.messages.findLast((message) => message.role === 'user')?.content ?? request.instructions;
  const answer = `Scripted answer to: ${task.slice(0, TASK_CHARACTERS)}`;
  return request.output_schema ? JSON.stringify(minimalInstance(request.output_schema, answer)) : answer;
}

function promptOf({ instructions, messages }: ModelRequest): string {
  return [instructions, ...messages.map((message) => message.content)].filter(Boolean).join('\n\n');
}

/** A wait that the script asks for is the vendor at work, not a stream gone silent. */
async function pause(ms: number, call: ModelCall, watch: Watch): Promise<void> {
  const awake = setInterval(watch.content, Math.max(1, call.idle_timeout_ms / 3));
  try {
    await sleep(ms, undefined, { signal: watch.signal });
  } finally {
    clearInterval(awake);
  }
}
