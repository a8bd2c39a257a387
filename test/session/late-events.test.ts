import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { appendEvents, type NewEvent } from '../../src/records/append-events.ts';
import { EventModel, type EventRow } from '../../src/records/event.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';

let place: TestPlace;
beforeAll(async () => {
  place = await startTestPlace();
});
afterAll(() => place.stop());

function event(event_type: NewEvent['event_type'], event_key: string): NewEvent {
  return { event_type, event_key, source_component: 'test' };
}

async function told(of: { partition_key: string; session_uuid: string }): Promise<Array<[number, string]>> {
  const rows = await EventModel.find(of).sort({ seq: 1 }).lean<EventRow[]>();
  return rows.map((row) => [row.seq, row.event_key]);
}

test('after session.ended nothing is told, whoever wrote it, until the session is reopened', async () => {
  const of = { partition_key: place.partition_key, session_uuid: uuidv7() };
  await Promise.all([
    appendEvents(of, [event('session.started', 'started'), event('session.ended', 'ended'), event('agent.completed', 'in its batch')]),
    appendEvents(of, [event('agent.retrying', 'a moment after')]),
  ]);
  await appendEvents(of, [event('agent.completed', 'later')]);
  expect(await told(of)).toEqual([[1, 'started'], [2, 'ended']]);

  await appendEvents(of, [event('agent.failed', 'before the reopening'), event('session.reopened', 'reopened'), event('agent.started', 'again')]);
  expect(await told(of)).toEqual([[1, 'started'], [2, 'ended'], [3, 'reopened'], [4, 'again']]);

  // Another process ends it, and this one still believes in its last number, as after a freeze.
  const [row] = await EventModel.find({ ...of, event_key: 'ended' }).lean<EventRow[]>();
  await EventModel.collection.insertOne({ ...row!, _id: uuidv7(), seq: 5, event_key: 'ended again' } as never);
  await appendEvents(of, [event('agent.completed', 'late')]);
  expect(await told(of)).toEqual([[1, 'started'], [2, 'ended'], [3, 'reopened'], [4, 'again'], [5, 'ended again']]);
});

test('what a process tells after it ended a session is not dropped where another process has reopened it since', async () => {
  const of = { partition_key: place.partition_key, session_uuid: uuidv7() };
  await appendEvents(of, [event('session.started', 'started'), event('session.ended', 'ended')]);
  const [row] = await EventModel.find({ ...of, event_key: 'ended' }).lean<EventRow[]>();
  await EventModel.collection.insertOne({ ...row!, _id: uuidv7(), seq: 3, event_type: 'session.reopened', event_key: 'reopened' } as never);
  await appendEvents(of, [event('agent.started', 'again')]);
  await appendEvents(of, [event('session.ended', 'ended again')]);
  expect(await told(of)).toEqual([[1, 'started'], [2, 'ended'], [3, 'reopened'], [4, 'again'], [5, 'ended again']]);
});
