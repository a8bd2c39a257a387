import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { estimateTokens } from './estimate-tokens.ts';
import { isStrictSchema } from './is-strict-schema.ts';
import { mapOpenAiError, mapOpenAiErrorEvent } from './map-openai-error.ts';
import type { FinishReason, ModelCall, ModelRequest, ModelResponse, ModelUsage, Provider } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { readServerEvents } from './read-server-events.ts';
import { watchCall, type Watch } from './stream-watchdog.ts';
import { vendorMessage } from './vendor-message.ts';

const VENDOR_URL = 'https://api.openai.com/v1';
/** The SDK's own time-out ends at the headers; `watchCall` keeps the time of the whole call. */
const SDK_TIMEOUT_MS = 86_400_000;

/** OpenAI, and everything that speaks its Chat Completions protocol at another base URL. */
export const openai: Provider = {
  name: 'openai',
  call: (request, call) => watchCall(call, (watch) => stream(request, call, watch)),
  async check(credentials, signal) {
    try {
      await clientFor(credentials).models.list({ signal });
      return { available: true };
    } catch (error) {
      signal.throwIfAborted();
      return { available: false, reason: mapOpenAiError(error, credentials.api_key).message };
    }
  },
};

function clientFor({ api_key, base_url }: ModelCall['credentials']): OpenAI {
  if (!api_key && !base_url) throw new ProviderError('provider.not_configured', 'Set OPENAI_API_KEY.');
  return new OpenAI({
    // Everything the SDK would otherwise take from the environment is named, or one project's call would carry another's.
    apiKey: api_key ?? 'none', baseURL: base_url ?? VENDOR_URL, organization: null, project: null, adminAPIKey: null, webhookSecret: null,
    maxRetries: 0, timeout: SDK_TIMEOUT_MS, logLevel: 'off',
    // A redirect would carry the prompt, and could carry the key, to a host that nobody chose.
    fetchOptions: { redirect: 'manual' },
  });
}

async function stream(request: ModelRequest, call: ModelCall, watch: Watch): Promise<ModelResponse> {
  const { api_key } = call.credentials;
  const client = clientFor(call.credentials);
  let response: Response;
  try {
    response = await client.chat.completions.create(bodyOf(request, call), { signal: watch.signal }).asResponse();
  } catch (error) {
    watch.signal.throwIfAborted();
    throw mapOpenAiError(error, api_key);
  }

  const answer = { text: '', refusal: '', model: request.model, finish: null as string | null, usage: null as ModelUsage | null };
  for await (const { event, data } of readServerEvents(response, watch.signal)) {
    if (data === '[DONE]') break;
    if (data.error || event === 'error') throw mapOpenAiErrorEvent(data.error ?? data, api_key);
    const chunk = data as unknown as Partial<OpenAI.ChatCompletionChunk>;
    if (chunk.model) answer.model = chunk.model;
    if (chunk.usage) answer.usage = usageOf(chunk.usage);
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    if (choice.finish_reason) answer.finish = choice.finish_reason;
    const { content, refusal } = choice.delta ?? {};
    if (Object.entries(choice.delta ?? {}).some(([key, value]) => key !== 'role' && value !== null && value !== '')) watch.content();
    if (refusal) answer.refusal += refusal;
    if (content) {
      answer.text += content;
      call.on_text(content);
    }
  }
  if (answer.refusal || answer.finish === 'content_filter') {
    throw new ProviderError('provider.refused', vendorMessage(answer.refusal || 'The vendor filtered the answer.', api_key));
  }
  return {
    text: answer.text,
    finish_reason: finishReasonOf(answer.finish),
    usage: answer.usage ?? estimateUsage(request, answer.text),
    model: answer.model,
    request_id: response.headers.get('x-request-id'),
  };
}

function bodyOf(request: ModelRequest, call: ModelCall): ChatCompletionCreateParamsStreaming {
  const { instructions, messages, output_schema, max_output_tokens, temperature } = request;
  return {
    model: request.model,
    messages: instructions ? [{ role: 'system', content: instructions }, ...messages] : messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature == null ? {} : { temperature }),
    // OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else.
    ...(max_output_tokens == null ? {} : { [call.credentials.base_url ? 'max_tokens' : 'max_completion_tokens']: max_output_tokens }),
    ...(output_schema ? {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'output', schema: output_schema, strict: isStrictSchema(output_schema) } },
    } : {}),
  };
}

function usageOf(usage: OpenAI.CompletionUsage): ModelUsage {
  return {
    input_tokens: usage.prompt_tokens ?? 0,
    output_tokens: usage.completion_tokens ?? 0,
    cached_input_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}

/** For compatible servers that ignore `include_usage`: a rough number is of more use than none. */
function estimateUsage({ instructions, messages }: ModelRequest, text: string): ModelUsage {
  const prompt = instructions + messages.map((message) => message.content).join('');
  return { input_tokens: estimateTokens(prompt), output_tokens: estimateTokens(text), cached_input_tokens: 0 };
}

function finishReasonOf(finish: string | null): FinishReason {
  return finish === 'length' ? 'length' : 'stop';
}
