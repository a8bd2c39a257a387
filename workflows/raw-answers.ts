import type { Inbox } from './inbox.ts';
import { stepError } from './model-activity.ts';
import { recordActivity } from './record-activities.ts';

/** Refused answers shown in the Temporal UI. */
const REFUSALS = 5;
/** Longest answer, in characters of JSON; a longer one could not even be handed to its activity. */
const ANSWER_CHARACTERS = 256 * 1024;
/** Deepest nesting of an answer. A call stack ends somewhere else on every machine, so what overflows one replays on another. */
const ANSWER_LEVELS = 64;
/** Longest line shown of a refusal, in characters. */
const REFUSAL_CHARACTERS = 500;
/** Raw answers waiting for their activity; a flood beyond it is refused unread. */
const WAITING = 1_000;

/** Answers that came as raw signals, judged one after another by an activity, in the order in which they came. */
export class RawAnswers {
  refusals: string[];
  count: number;
  private readonly ref: { partition_key: string; session_uuid: string };
  private readonly inbox: Inbox;
  private readonly waiting: Array<{ number: number; answer?: unknown; unread?: string }> = [];
  private running = false;

  constructor(ref: { partition_key: string; session_uuid: string }, inbox: Inbox, before: { answers: number; refusals: string[] } | undefined) {
    this.ref = { partition_key: ref.partition_key, session_uuid: ref.session_uuid };
    this.inbox = inbox;
    this.count = before?.answers ?? 0;
    this.refusals = before?.refusals ?? [];
  }

  get idle(): boolean {
    return !this.running && this.waiting.length === 0;
  }

  hear(answer: unknown): void {
    this.count += 1;
    if (this.waiting.length >= WAITING) {
      this.refuse(`Answer ${this.count}: too many answers are waiting.`);
      return;
    }
    this.waiting.push({ number: this.count, ...(fits(answer) ? { answer } : { unread: `The signal is longer than ${ANSWER_CHARACTERS} characters, or nested deeper than ${ANSWER_LEVELS} levels.` }) });
    if (this.running) return;
    this.running = true;
    void this.judge();
  }

  private async judge(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      try {
        const outcome = await recordActivity('answerDecision', { ...this.ref, ...next });
        if (outcome.refused === undefined) this.inbox.push({ type: 'decision_changed', decision_uuid: outcome.decision_uuid });
        else this.refuse(`Answer ${next.number}: ${outcome.refused}`);
      } catch (failure) {
        this.refuse(`Answer ${next.number}: ${stepError(failure).error.message}`);
      }
    }
    // At once with the last look for work: what comes a moment later has to find the place free.
    this.running = false;
    this.inbox.wake();
  }

  private refuse(line: string): void {
    this.refusals = [...this.refusals, line.slice(0, REFUSAL_CHARACTERS)].slice(-REFUSALS);
    // The details that show it are written after the next event.
    this.inbox.push({ type: 'time_passed' });
  }
}

function fits(answer: unknown): boolean {
  return answer === undefined || (isShallow(answer, ANSWER_LEVELS) && JSON.stringify(answer).length <= ANSWER_CHARACTERS);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
