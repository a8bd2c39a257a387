/** What every model vendor is asked. Lengths are in characters or tokens as named, times in milliseconds. */
export interface ModelRequest {
  /** The vendor's own name of the model, without the `vendor/` prefix. */
  model: string;
  /** The system prompt. */
  instructions: string;
  messages: ModelMessage[];
  /** JSON Schema that the answer must fit; the answer is then JSON text. */
  output_schema?: Record<string, unknown> | null;
  max_output_tokens?: number | null;
  temperature?: number | null;
  /** The agent's `config`: what only one vendor reads (for `scripted`, the script). */
  config: Record<string, unknown>;
}

export interface ModelMessage {
  role: 'user' | 'assistant';
  content: string;
}

export interface ModelCall {
  /** Aborted on cancellation. The call then rejects at once with `signal.reason`. */
  signal: AbortSignal;
  /** Longest time of the call itself, 600,000 unless given; waiting in a provider's own queue does not count. */
  deadline_ms?: number;
  /** 1 for the first try of this call, counted over crashes and retries. */
  attempt: number;
  credentials: { api_key?: string; base_url?: string };
  /** Called with each piece of text as it arrives. */
  on_text(text: string): void;
  /** Longest wait for content before the call is given up; keep-alive bytes do not count. */
  idle_timeout_ms: number;
}

export interface ModelUsage {
  /** All input, cached tokens included. */
  input_tokens: number;
  output_tokens: number;
  cached_input_tokens: number;
}

export type FinishReason = 'stop' | 'length' | 'refused';

export interface ModelResponse {
  text: string;
  finish_reason: FinishReason;
  usage: ModelUsage;
  /** The model that answered, as the vendor names it. */
  model: string;
  /** The vendor's id of the request, for a support ticket. */
  request_id: string | null;
}

/** One model vendor. `call` streams, and rejects with `ProviderError` or, when the caller aborted, with `signal.reason`. */
export interface Provider {
  name: string;
  call(request: ModelRequest, call: ModelCall): Promise<ModelResponse>;
  /** Whether the vendor answers at all; never costs a token. */
  check(credentials: ModelCall['credentials'], signal: AbortSignal): Promise<{ available: boolean; reason?: string }>;
  /** Frees what the provider holds (the local model's memory); a later call takes it again. */
  close?(): Promise<void>;
}
