import type { ModelCall } from './provider.ts';
import { ProviderError } from './provider-error.ts';

const DEFAULT_DEADLINE_MS = 600_000;

/** What a watched call works with. */
export interface Watch {
  /** Aborted by the caller, at the deadline, or when no content came for too long. */
  signal: AbortSignal;
  /** To be called for each piece of content; keep-alive bytes are none. */
  content(): void;
}

/**
 * Runs one model call under its deadline, its idle limit and the caller's signal. Vendor SDKs' own time-outs end at
 * the response's headers, so a stream that goes silent would otherwise hang for ever.
 * Rejects at once with `provider.deadline`, `provider.idle` or the caller's `signal.reason`, even where `run` does not
 * react to the signal.
 */
export async function watchCall<T>(call: ModelCall, run: (watch: Watch) => Promise<T>): Promise<T> {
  call.signal.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const onAbort = () => controller.abort(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });

  const deadlineMs = call.deadline_ms ?? DEFAULT_DEADLINE_MS;
  const deadline = setTimeout(() => {
    controller.abort(new ProviderError('provider.deadline', `The call took longer than ${deadlineMs} ms.`));
  }, deadlineMs);

  let lastContent = performance.now();
  const checkIdle = () => {
    const rest = lastContent + call.idle_timeout_ms - performance.now();
    if (rest > 0) idle = setTimeout(checkIdle, rest);
    else controller.abort(new ProviderError('provider.idle', `No content came for ${call.idle_timeout_ms} ms.`));
  };
  let idle = setTimeout(checkIdle, call.idle_timeout_ms);

  try {
    const content = () => { lastContent = performance.now(); };
    return await Promise.race([run({ signal, content }), ended]);
  } finally {
    clearTimeout(deadline);
    clearTimeout(idle);
    call.signal.removeEventListener('abort', onAbort);
  }
}
