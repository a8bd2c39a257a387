import { expect } from '@jest/globals';
import type { EventRow } from '../../src/records/event.ts';

/** Numbered from 1 without a gap, each thing told once, and the end told last. */
export function expectGaplessEvents(events: EventRow[]): void {
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map((event) => event.event_key)).size).toBe(events.length);
  expect(events.at(-1)!.event_type).toBe('session.ended');
  expect(events.filter((event) => event.event_type === 'session.ended')).toHaveLength(1);
}
