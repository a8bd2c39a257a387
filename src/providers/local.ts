import { access } from 'node:fs/promises';
import type { Llama, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { jsonGrammar } from './json-grammar.ts';
import { localModelPath } from './local-model-path.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { ModelCall, ModelRequest, ModelResponse, Provider } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { watchCall, type Watch } from './stream-watchdog.ts';

/** SmolLM2-135M: a stand-in that shows real tokens without a key, not a model to rely on. */
export const LOCAL_MODEL = 'smollm2-135m-instruct';

const CONTEXT_TOKENS = 8192;
const LEAST_ANSWER_TOKENS = 64;
/** Tokens of the prompt evaluated between two looks at the signal: about 0.4 s. */
const SLICE_TOKENS = 64;
/** More characters than this are over the context in any case, and would block the process while they are tokenized. */
const MAX_PROMPT_CHARACTERS = 400_000;
const DEFAULT_TEXT_TOKENS = 384;
const DEFAULT_JSON_TOKENS = 1024;
const DEFAULT_TEMPERATURE = 0.3;

interface Loaded {
  model: LlamaModel;
  sequence: LlamaContextSequence;
  library: typeof import('node-llama-cpp');
  dispose(): Promise<void>;
}

const turns = oneAtATime();
let loaded: Loaded | null = null;

/**
 * A small model in this process, on one thread and one call at a time: two threads are 200 times slower on virtual
 * machines. Calls wait for their turn without using up their deadline.
 */
export const local: Provider = {
  name: 'local',
  async call(request, call) {
    if (request.model !== LOCAL_MODEL) {
      throw new ProviderError('provider.unknown_model', `The local vendor serves ${LOCAL_MODEL} only, not "${request.model.slice(0, 100)}".`);
    }
    const release = await turns.acquire(call.signal);
    let started = false;
    try {
      return await watchCall(call, (watch) => {
        started = true;
        // The turn ends with the evaluation, which outlasts a call that is given up by up to one slice.
        return generate(request, call, watch).catch((error: unknown) => failed(error, watch)).finally(release);
      });
    } finally {
      if (!started) release();
    }
  },
  async check() {
    const path = localModelPath(process.env);
    if (!path) return { available: false, reason: 'No model file: set ACE_LOCAL_MODEL.' };
    return access(path).then(() => ({ available: true }), () => ({ available: false, reason: `The model file ${path} cannot be read.` }));
  },
  async close() {
    const release = await turns.acquire();
    try {
      await loaded?.dispose();
    } finally {
      loaded = null;
      release();
    }
  },
};

async function generate(request: ModelRequest, call: ModelCall, watch: Watch): Promise<ModelResponse> {
  loaded ??= await load();
  watch.signal.throwIfAborted();
  const { model, sequence } = loaded;
  const prompt = promptTokens(request, model);
  const room = CONTEXT_TOKENS - prompt.length;
  if (room < LEAST_ANSWER_TOKENS) throw tooLong(`${prompt.length} tokens`);
  const wanted = request.max_output_tokens ?? (request.output_schema ? DEFAULT_JSON_TOKENS : DEFAULT_TEXT_TOKENS);
  const budget = Math.min(wanted, room - 1);

  // What an earlier call of the same thread left in the context is not evaluated again.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const cached = sequence.nextTokenIndex;
  for (let at = cached; at < prompt.length - 1; at += SLICE_TOKENS) {
    watch.signal.throwIfAborted();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, Math.min(at + SLICE_TOKENS, prompt.length - 1)));
    watch.content();
  }

  const output: Token[] = [];
  // One seed an attempt: the same call answers alike, and a repeated attempt does not repeat its mistake.
  const sampling = {
    temperature: request.temperature ?? DEFAULT_TEMPERATURE, seed: call.attempt, topK: 40, topP: 0.9,
    repeatPenalty: { penalty: 1.1, punishTokens: () => output.slice(-64) },
    ...(request.output_schema ? { grammarEvaluationState: await grammarOf(request.output_schema, loaded) } : {}),
  };
  const writer = textWriter(model, prompt.slice(-1));
  for await (const token of sequence.evaluate(prompt.slice(-1), sampling)) {
    watch.signal.throwIfAborted();
    watch.content();
    output.push(token);
    const piece = writer.push(token);
    if (piece) call.on_text(piece);
    if (output.length >= budget) break;
  }
  return {
    text: writer.text(),
    finish_reason: output.length >= budget ? 'length' : 'stop',
    usage: { input_tokens: prompt.length, output_tokens: output.length, cached_input_tokens: cached },
    model: request.model,
    request_id: null,
  };
}

/** After a failure inside the library the state of its context is anybody's guess: the next call loads anew. */
async function failed(error: unknown, watch: Watch): Promise<never> {
  if (error instanceof ProviderError || watch.signal.aborted) throw error;
  const broken = loaded;
  loaded = null;
  await broken?.dispose();
  throw new ProviderError('provider.server_error', `The local model failed: ${error instanceof Error ? error.message : error}`);
}

async function load(): Promise<Loaded> {
  const path = localModelPath(process.env);
  if (!path) throw new ProviderError('provider.not_configured', 'There is no local model file. Set ACE_LOCAL_MODEL, or a vendor key.');
  let llama: Llama | undefined;
  try {
    // Imported only when somebody asks for it: the library starts native code.
    const library = await import('node-llama-cpp');
    llama = await library.getLlama({
      gpu: false, build: 'never', skipDownload: true, progressLogs: false, maxThreads: 1, logLevel: library.LlamaLogLevel.disabled,
    });
    const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
    const context = await model.createContext({ contextSize: CONTEXT_TOKENS, batchSize: SLICE_TOKENS, threads: 1, sequences: 1 });
    return { model, sequence: context.getSequence(), library, dispose: () => model.llama.dispose() };
  } catch (error) {
    await llama?.dispose();
    throw new ProviderError('provider.not_configured', `The local model cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}

/** ChatML, the model's own template. Contents are tokenized as plain text, so that no prompt can forge a turn. */
function promptTokens({ instructions, messages }: ModelRequest, model: LlamaModel): Token[] {
  const characters = messages.reduce((sum, { content }) => sum + content.length, instructions.length);
  if (characters > MAX_PROMPT_CHARACTERS) throw tooLong(`${characters} characters`);
  const special = (text: string) => model.tokenize(text, true);
  const turn = (role: string, content: string) => [
    ...special('<|im_start|>'), ...model.tokenize(`${role}\n${content}`), ...special('<|im_end|>'), ...model.tokenize('\n'),
  ];
  return [
    ...turn('system', instructions || 'You are a helpful assistant.'),
    ...messages.flatMap(({ role, content }) => turn(role, content)),
    ...special('<|im_start|>'), ...model.tokenize('assistant\n'),
  ];
}

async function grammarOf(schema: Record<string, unknown>, { model, library }: Loaded) {
  try {
    const grammar = await model.llama.createGrammar({ grammar: jsonGrammar(schema) });
    return new library.LlamaGrammarEvaluationState({ model, grammar });
  } catch (error) {
    throw new ProviderError('provider.bad_request', `The output_schema makes no grammar: ${error instanceof Error ? error.message : error}`);
  }
}

function tooLong(size: string): ProviderError {
  return new ProviderError('provider.context_exceeded', `The prompt has ${size}; the local model takes ${CONTEXT_TOKENS - LEAST_ANSWER_TOKENS} tokens.`);
}

/** Turns tokens into text, holding back the bytes of a character that is not whole yet. */
function textWriter(model: LlamaModel, before: Token[]) {
  let text = '';
  let done = before;
  let pending: Token[] = [];
  return {
    push(token: Token): string {
      pending.push(token);
      const piece = model.detokenize(pending, false, done);
      if (piece.endsWith('\ufffd') && pending.length < 8) return '';
      done = pending;
      pending = [];
      text += piece;
      return piece;
    },
    text: () => text,
  };
}
