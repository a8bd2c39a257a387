import { expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { runChain } from './run-chain.ts';
import { startSession } from './run-session.ts';
import { startTestWorker } from './start-test-worker.ts';

test('the Temporal UI did not say whom a question, an answer and a plan are about', async () => {
  const worker = await startTestWorker();
  try {
    const session = await startSession(worker, [
      { name: 'Planner', type: 'planning', script: [{ json: { subtask_queries: [{ agent_name: 'Asker', subtask_query: 'x' }] } }] },
      { name: 'Asker', action: { user_in_the_loop: 'before' } },
    ]);
    const { _id: decision_uuid } = await session.pendingDecision();
    await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action: 'answer', input: 'go on', answered_by: 'ann', answered_through: 'api' });
    await session.handle.signal('decision_changed', { decision_uuid });
    expect((await session.ended()).status).toBe('completed');
    const events = (await runChain(session)).flatMap(({ history }) => history.events ?? []);
    const summaries = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
      scheduled == null || userMetadata?.summary == null ? [] : [[scheduled.activityType!.name, defaultPayloadConverter.fromPayload(userMetadata.summary)]],
    );
    expect(summaries).toEqual([
      ['callModel', 'Planner'],
      ['expandSession', 'Planner'],
      ['askDecision', 'Asker'],
      ['settleDecision', 'Asker'],
      ['callModel', 'Asker'],
    ]);
  } finally {
    await worker.stop();
  }
});
