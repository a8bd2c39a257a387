import type { ProgressRecord } from '../activities/write-progress.ts';
import type { LiveStatus } from '../src/scheduler/session-status.ts';
import type { SessionState } from '../src/scheduler/state.ts';
import { recordActivity } from './record-activities.ts';

/** States in one activity. */
const BATCH = 200;

/** Coalesces what no step's activity writes into one activity at a time. */
export class ProgressWriter {
  records: ProgressRecord[] = [];
  /** Writes so far, in all runs: a write that comes late is known by its number. */
  changes: number;
  private status: LiveStatus | undefined;
  private running = false;
  private readonly session: { partition_key: string; session_uuid: string };
  private readonly state: SessionState;
  private readonly written: () => void;

  constructor(session: { partition_key: string; session_uuid: string }, state: SessionState, { changes, written }: { changes: number; written: () => void }) {
    this.session = { partition_key: session.partition_key, session_uuid: session.session_uuid };
    this.state = state;
    this.changes = changes;
    this.written = written;
  }

  setStatus(status: LiveStatus): void {
    this.status = status;
  }

  get idle(): boolean {
    return !this.running && this.records.length === 0 && this.status === undefined;
  }

  /** Starts writing what is pending, unless a write is under way, which takes it along when it is done. */
  flush(failed: (error: unknown) => void): void {
    if (this.running || this.idle) return;
    this.running = true;
    this.drain().catch(failed).then(this.written);
  }

  private async drain(): Promise<void> {
    try {
      while (this.records.length > 0 || this.status !== undefined) {
        const records = this.records.splice(0, BATCH);
        const { status } = this;
        this.status = undefined;
        this.changes += 1;
        await recordActivity('writeProgress', {
          ...this.session,
          ...(status === undefined ? {} : { status }),
          change: this.changes,
          iteration_count: this.state.iteration_count,
          usage: { ...this.state.usage },
          records,
        });
      }
    } catch (failure) {
      // What cannot be written must not keep the session from its end, which ends the open steps in the records too.
      this.records = [];
      this.status = undefined;
      throw failure;
    } finally {
      // At once with the last look for work: what comes a moment later has to find the place free.
      this.running = false;
    }
  }
}
