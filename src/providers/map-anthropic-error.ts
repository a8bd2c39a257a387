import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { errorOfStatus } from './error-of-status.ts';
import { mapConnectionError } from './map-connection-error.ts';
import { ProviderError, type ProviderErrorCode } from './provider-error.ts';
import { retryAfterMs } from './retry-after.ts';
import { vendorMessage } from './vendor-message.ts';

const BY_TYPE: Record<string, ProviderErrorCode> = {
  authentication_error: 'provider.auth',
  permission_error: 'provider.auth',
  billing_error: 'provider.billing',
  rate_limit_error: 'provider.rate_limited',
  overloaded_error: 'provider.overloaded',
  timeout_error: 'provider.server_error',
  api_error: 'provider.server_error',
  request_too_large: 'provider.context_exceeded',
};

/** Turns whatever the Anthropic client threw before the stream began into a `ProviderError`, without its headers or cause. */
export function mapAnthropicError(error: unknown, apiKey?: string): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    return mapConnectionError(error, apiKey);
  }
  const message = error.apiMessage ?? error.message;
  const byType = typeof error.type === 'string' && Object.hasOwn(BY_TYPE, error.type) ? BY_TYPE[error.type] : undefined;
  const code = codeOfMessage(error.status, message) ?? byType ?? errorOfStatus(error.status);
  return new ProviderError(code, vendorMessage(message, apiKey), { retry_after_ms: retryAfterMs(error.headers) });
}

/** An error event in mid-stream counts as a 5xx, unless it says that trying again cannot help. */
export function mapAnthropicErrorEvent(error: unknown, apiKey?: string): ProviderError {
  const { type, message } = (typeof error === 'object' && error !== null ? error : { message: error }) as Record<string, unknown>;
  const text = String(message ?? 'An error event.');
  const code = codeOfMessage(400, text) ?? (type === 'billing_error' ? 'provider.billing' : 'provider.server_error');
  return new ProviderError(code, vendorMessage(text, apiKey));
}

/** Anthropic gives `invalid_request_error` for these; only the words tell them apart. */
function codeOfMessage(status: number, message: string): ProviderErrorCode | undefined {
  if (status === 400 && /prompt is too long|exceed.* context|context window/i.test(message)) return 'provider.context_exceeded';
  if (status === 400 && /credit balance is too low/i.test(message)) return 'provider.billing';
  if (status === 404 && !/model/i.test(message)) return 'provider.bad_request';
  return undefined;
}
