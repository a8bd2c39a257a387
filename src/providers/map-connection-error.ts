import { ProviderError } from './provider-error.ts';
import { vendorMessage } from './vendor-message.ts';

/** The connection stood and the request had gone out, so that it may have been carried out and paid for. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * What a failed `fetch` means. `provider.stream_cut` where the other side hung up on a request, which bounds how often
 * it is paid for again; else `provider.unreachable`. The SDKs say "Connection error." only; the system's code tells more.
 */
export function mapConnectionError(error: unknown, apiKey?: string): ProviderError {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (!('code' in cause) || typeof cause.code !== 'string') continue;
    if (BROKEN.has(cause.code)) return new ProviderError('provider.stream_cut', `The vendor closed the connection: ${cause.code}.`);
    return new ProviderError('provider.unreachable', `No connection: ${cause.code}.`);
  }
  return new ProviderError('provider.unreachable', vendorMessage(`No connection: ${error instanceof Error ? error.message : error}`, apiKey));
}
