import type { ProviderErrorCode } from './provider-error.ts';

/** What an HTTP status means where the vendor's own code says no more. */
export function errorOfStatus(status: number): ProviderErrorCode {
  if (status === 401 || status === 403) return 'provider.auth';
  if (status === 402) return 'provider.billing';
  if (status === 404) return 'provider.unknown_model';
  if (status === 413) return 'provider.context_exceeded';
  if (status === 429) return 'provider.rate_limited';
  if (status === 503 || status === 529) return 'provider.overloaded';
  if (status === 408 || status >= 500) return 'provider.server_error';
  return 'provider.bad_request';
}
