import Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { mapAnthropicError, mapAnthropicErrorEvent } from './map-anthropic-error.ts';
import type { FinishReason, ModelCall, ModelRequest, ModelResponse, Provider } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { readServerEvents } from './read-server-events.ts';
import { watchCall, type Watch } from './stream-watchdog.ts';

const VENDOR_URL = 'https://api.anthropic.com';
/** The SDK's own time-out ends at the headers; `watchCall` keeps the time of the whole call. */
const SDK_TIMEOUT_MS = 86_400_000;
/** The Messages API wants a number; every model that is served today can do this one. */
const DEFAULT_MAX_TOKENS = 8192;

/** Anthropic's Messages API, streamed. */
export const anthropic: Provider = {
  name: 'anthropic',
  call: (request, call) => watchCall(call, (watch) => stream(request, call, watch)),
  async check(credentials, signal) {
    try {
      await clientFor(credentials).models.list({ limit: 1 }, { signal });
      return { available: true };
    } catch (error) {
      signal.throwIfAborted();
      return { available: false, reason: mapAnthropicError(error, credentials.api_key).message };
    }
  },
};

function clientFor({ api_key, base_url }: ModelCall['credentials']): Anthropic {
  if (!api_key) throw new ProviderError('provider.not_configured', 'Set ANTHROPIC_API_KEY.');
  return new Anthropic({
    // Everything the SDK would otherwise take from the environment is named, or one project's call would carry another's.
    apiKey: api_key, authToken: null, webhookKey: null, baseURL: base_url ?? VENDOR_URL,
    maxRetries: 0, timeout: SDK_TIMEOUT_MS, logLevel: 'off',
    // A redirect would carry the prompt, and the key, to a host that nobody chose.
    fetchOptions: { redirect: 'manual' },
  });
}

async function stream(request: ModelRequest, call: ModelCall, watch: Watch): Promise<ModelResponse> {
  const { api_key } = call.credentials;
  const client = clientFor(call.credentials);
  let response: Response;
  try {
    response = await client.messages.create(bodyOf(request), { signal: watch.signal }).asResponse();
  } catch (error) {
    watch.signal.throwIfAborted();
    throw mapAnthropicError(error, api_key);
  }

  const answer = { text: '', model: request.model, stop: null as string | null, input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 };
  for await (const { event, data } of readServerEvents(response, watch.signal)) {
    if (event === 'error' || data === '[DONE]' || data.type === 'error') {
      throw mapAnthropicErrorEvent(data === '[DONE]' ? data : (data.error ?? data), api_key);
    }
    const message = data as unknown as Anthropic.RawMessageStreamEvent;
    if (message.type === 'message_stop') break;
    switch (message.type) {
      case 'message_start': {
        const { model, usage } = message.message ?? {};
        answer.model = model ?? request.model;
        answer.cached_input_tokens = usage?.cache_read_input_tokens ?? 0;
        answer.input_tokens = (usage?.input_tokens ?? 0) + answer.cached_input_tokens + (usage?.cache_creation_input_tokens ?? 0);
        answer.output_tokens = usage?.output_tokens ?? 0;
        break;
      }
      case 'content_block_delta': {
        const { delta } = message;
        if (Object.entries(delta ?? {}).some(([key, value]) => key !== 'type' && value !== '')) watch.content();
        if (delta?.type === 'text_delta' && delta.text) {
          answer.text += delta.text;
          call.on_text(delta.text);
        }
        break;
      }
      case 'message_delta': {
        answer.stop = message.delta?.stop_reason ?? answer.stop;
        answer.output_tokens = message.usage?.output_tokens ?? answer.output_tokens;
        break;
      }
    }
  }
  if (answer.stop === 'refusal') throw new ProviderError('provider.refused', 'The model refused to answer.');
  const { input_tokens, output_tokens, cached_input_tokens } = answer;
  return {
    text: answer.text,
    finish_reason: finishReasonOf(answer.stop),
    usage: { input_tokens, output_tokens, cached_input_tokens },
    model: answer.model,
    request_id: response.headers.get('request-id'),
  };
}

function bodyOf(request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  const { messages, output_schema, max_output_tokens, temperature } = request;
  const format = output_schema ? formatOf(output_schema) : null;
  // A schema outside the native subset is asked for in words; the answer is checked against it in any case.
  const system = output_schema && !format
    ? `${request.instructions}\n\nAnswer with JSON only, fitting this JSON Schema:\n${JSON.stringify(output_schema)}`.trim()
    : request.instructions;
  return {
    model: request.model,
    messages,
    max_tokens: max_output_tokens ?? DEFAULT_MAX_TOKENS,
    stream: true,
    ...(system ? { system } : {}),
    ...(temperature == null ? {} : { temperature }),
    ...(format ? { output_config: { format } } : {}),
  };
}

function formatOf(schema: Record<string, unknown>): Anthropic.JSONOutputFormat | null {
  try {
    return { type: 'json_schema', schema: transformJSONSchema(schema) as Record<string, unknown> };
  } catch {
    return null;
  }
}

function finishReasonOf(stop: string | null): FinishReason {
  return stop === 'max_tokens' || stop === 'model_context_window_exceeded' ? 'length' : 'stop';
}
