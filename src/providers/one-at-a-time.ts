/** A queue of one: `acquire` waits for its turn and gives the function that ends it; leaving the queue by `signal` is immediate. */
export function oneAtATime(): { acquire(signal?: AbortSignal): Promise<() => void> } {
  let last: Promise<void> = Promise.resolve();
  return {
    async acquire(signal) {
      signal?.throwIfAborted();
      const previous = last;
      let release = () => {};
      last = new Promise((resolve) => { release = resolve; });
      try {
        await (signal ? Promise.race([previous, aborted(signal)]) : previous);
        signal?.throwIfAborted();
      } catch (reason) {
        // Whoever waits behind must still wait for the one before.
        void previous.then(release);
        throw reason;
      }
      return release;
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
