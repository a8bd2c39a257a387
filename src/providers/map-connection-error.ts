import { ProviderError } from './provider-error.ts';
import { vendorMessage } from './vendor-message.ts';

/** The connection stood and the request had gone out, so that it may have been carried out and paid for. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * What a failed `fetch` means. `provider.stream_cut` where the other side hung up on a request, which bounds how often
 * it is paid for again; else `provider.unreachable`. The SDKs say "Connection error." only; the system's code tells more.
 */
export function mapConnectionError(error: unknown, apiKey?: string): ProviderError {
  const code = systemCode(error);
  if (code && BROKEN.has(code)) return new ProviderError('provider.stream_cut', `The vendor closed the connection: ${code}.`);
  if (code) return new ProviderError('provider.unreachable', `No connection: ${code}.`);
  return new ProviderError('provider.unreachable', vendorMessage(`No connection: ${error instanceof Error ? error.message : error}`, apiKey));
}

function systemCode(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth > 5) return null;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : systemCode(cause, depth + 1);
}
