import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One timer at a time, moved only when the next deadline comes nearer: each timer costs two events of history. */
export class WakeTimer {
  private at: number | null = null;
  private scope: CancellationScope | undefined;
  private readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  /** Makes sure that `wake` is called at `deadline` (ms) or before. */
  set(deadline: number | null, now: number): void {
    if (deadline === null || (this.at !== null && this.at <= deadline)) return;
    this.clear();
    this.at = deadline;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    void scope
      .run(() => sleep(Math.max(1, deadline - now)))
      .then(() => {
        this.at = null;
        this.wake();
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  clear(): void {
    this.scope?.cancel();
    this.scope = undefined;
    this.at = null;
  }
}
