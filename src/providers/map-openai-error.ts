import { APIConnectionError, APIError } from 'openai';
import { errorOfStatus } from './error-of-status.ts';
import { mapConnectionError } from './map-connection-error.ts';
import { ProviderError, type ProviderErrorCode } from './provider-error.ts';
import { retryAfterMs } from './retry-after.ts';
import { vendorMessage } from './vendor-message.ts';

/** Codes with which OpenAI, and most that speak its protocol, say more than the status does. */
const BY_CODE: Record<string, ProviderErrorCode> = {
  insufficient_quota: 'provider.billing',
  billing_hard_limit_reached: 'provider.billing',
  billing_not_active: 'provider.billing',
  context_length_exceeded: 'provider.context_exceeded',
  string_above_max_length: 'provider.context_exceeded',
  model_not_found: 'provider.unknown_model',
  invalid_api_key: 'provider.auth',
  content_filter: 'provider.refused',
  content_policy_violation: 'provider.refused',
};

/** Turns whatever the `openai` client threw before the stream began into a `ProviderError`, without its headers or cause. */
export function mapOpenAiError(error: unknown, apiKey?: string): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    return mapConnectionError(error, apiKey);
  }
  const { message = error.message } = (error.error ?? {}) as { message?: string };
  const code = codeOf(error.code, error.type) ?? codeOfMessage(error.status, String(message)) ?? errorOfStatus(error.status);
  return new ProviderError(code, vendorMessage(String(message), apiKey), { retry_after_ms: retryAfterMs(error.headers) });
}

/** An error event in mid-stream counts as a 5xx, unless its code says that trying again cannot help. */
export function mapOpenAiErrorEvent(error: unknown, apiKey?: string): ProviderError {
  const { code, type, message } = (typeof error === 'object' && error !== null ? error : { message: error }) as Record<string, unknown>;
  return new ProviderError(codeOf(code, type) ?? 'provider.server_error', vendorMessage(String(message ?? 'An error event.'), apiKey));
}

function codeOf(...values: unknown[]): ProviderErrorCode | undefined {
  return values.map((value) => (typeof value === 'string' && Object.hasOwn(BY_CODE, value) ? BY_CODE[value] : undefined)).find(Boolean);
}

/** Compatible servers often give a message only. */
function codeOfMessage(status: number, message: string): ProviderErrorCode | undefined {
  if (status === 400 && /maximum context length|context (length|window|size)|prompt is too long/i.test(message)) return 'provider.context_exceeded';
  if (status === 404 && !/model/i.test(message)) return 'provider.bad_request';
  return undefined;
}
