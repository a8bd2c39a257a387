import { expect, test } from '@jest/globals';
import { bundleWith } from './bundle-with.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { lostActivities, runChain } from './run-chain.ts';
import { startSession } from './run-session.ts';
import { startTestWorker } from './start-test-worker.ts';

test('a run whose plan alone filled its history started nothing, and was continued by nothing', async () => {
  // Every history is full from its first event on.
  const worker = await startTestWorker({ bundle_path: await bundleWith({ DRAIN_EVENTS: '1' }) });
  try {
    const session = await startSession(worker, [{ name: 'A' }, { name: 'B', after: ['A'] }, { name: 'C', after: ['B'] }]);
    expect((await session.ended()).status).toBe('completed');
    expect((await session.agents()).map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    const runs = await runChain(session);
    expect(runs.length).toBeGreaterThan(1);
    expect(lostActivities(runs)).toBe(0);
    expectGaplessEvents(await session.events());
  } finally {
    await worker.stop();
  }
});
