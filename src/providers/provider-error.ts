export type ProviderErrorCode =
  | 'provider.rate_limited' | 'provider.overloaded' | 'provider.server_error' | 'provider.unreachable'
  | 'provider.stream_cut' | 'provider.idle' | 'provider.deadline' | 'provider.auth' | 'provider.billing'
  | 'provider.unknown_model' | 'provider.bad_request' | 'provider.context_exceeded' | 'provider.refused'
  | 'provider.output_invalid' | 'provider.not_configured';

const RETRYABLE: ReadonlySet<ProviderErrorCode> = new Set([
  'provider.rate_limited', 'provider.overloaded', 'provider.server_error', 'provider.unreachable',
  'provider.stream_cut', 'provider.idle', 'provider.deadline',
]);

/** A model vendor's failure, classified where it was made. Never holds a key or a header. */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode;
  readonly retryable: boolean;
  /** The vendor's own wish (`Retry-After`), in milliseconds. */
  readonly retry_after_ms: number | null;

  constructor(code: ProviderErrorCode, message: string, more: { retry_after_ms?: number | null; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'ProviderError';
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.retry_after_ms = more.retry_after_ms ?? null;
  }
}
