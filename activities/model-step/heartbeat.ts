import { Context } from '@temporalio/activity';

/** A timer beats, not the chunks: a silent call must hear of its cancellation as soon as a talking one. */
const HEARTBEAT_MS = 1_500;

export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
