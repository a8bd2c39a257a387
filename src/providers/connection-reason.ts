/** Why `fetch` failed, from the system's code (`ECONNREFUSED`) where there is one: the SDKs say "Connection error." only. */
export function connectionReason(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return `No connection: ${cause.code}.`;
  }
  return `No connection: ${error instanceof Error ? error.message : String(error)}`;
}
