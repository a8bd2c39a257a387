import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

/** The next run of an activity of this name fails for good. */
let failing: string | undefined;
let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker({
    activityInterceptors: [
      ({ info }) => ({
        inbound: {
          async execute(input, next) {
            if (info.activityType !== failing) return next(input);
            failing = undefined;
            throw ApplicationFailure.create({ type: 'session.output_too_large', message: 'It cannot be written.', nonRetryable: true });
          },
        },
      }),
    ],
  });
});
afterAll(() => worker.stop());

const AGENTS = [{ name: 'Bad', script: [{ error: { code: 'provider.auth', message: 'The key is wrong.' } }] }, { name: 'Many', after: ['Bad'] }];

test('a session whose progress could not be written, with more left to write, never ended', async () => {
  failing = 'writeProgress';
  // More than one write has room for.
  const session = await startSession(worker, AGENTS, { subtasks: [['Bad', 'x'], ...Array.from({ length: 450 }, (_, index): [string, string] => ['Many', `${index}`])] });
  expect((await session.ended()).status).toBe('failed');
  expect(failing).toBeUndefined();
  for (const agent of await session.agents()) expect(['failed', 'skipped', 'cancelled']).toContain(agent.state);
  expectGaplessEvents(await session.events());
});

test('a session whose end could not be written left its record open', async () => {
  failing = 'endSession';
  const session = await startSession(worker, [{ name: 'Only' }]);
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'failed', ended_at: expect.any(Date) });
  expect(JSON.parse(row.error_json!)).toEqual({ code: 'session.output_too_large', message: 'It cannot be written.' });
  const { status, searchAttributes } = await session.handle.describe();
  expect(status.name).toBe('FAILED');
  expect(searchAttributes.AceStatus).toEqual(['failed']);
  await expect(session.handle.result()).rejects.toMatchObject({ cause: { type: 'session.output_too_large' } });
  expectGaplessEvents(await session.events());
});
