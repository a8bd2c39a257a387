import type { SchedulerEvent } from '../src/scheduler/events.ts';

/**
 * What has happened and the scheduler has still to hear, and the wait for more. The SDK's `condition` does as much with
 * three more promises and another entry into the sandbox each time: a sixth of what a plain step costs its workflow.
 */
export class Inbox {
  private readonly events: SchedulerEvent[] = [];
  private woken: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.events.length === 0;
  }

  push(event: SchedulerEvent): void {
    this.events.push(event);
    this.wake();
  }

  /** What comes before all that was heard while the session began. */
  begin(events: SchedulerEvent[]): void {
    this.events.unshift(...events);
  }

  shift(): SchedulerEvent | undefined {
    return this.events.shift();
  }

  /** Ends the wait: whatever it is for may have come to be without an event. */
  wake(): void {
    this.woken?.();
    this.woken = undefined;
  }

  /** Resolves at the next `push` or `wake`; those that come in one workflow task come together. One wait at a time. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.woken = resolve;
    });
  }
}
