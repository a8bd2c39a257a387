import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
const lost: string[] = [];
beforeAll(async () => {
  worker = await startTestWorker({
    activityInterceptors: [
      ({ info }) => ({
        inbound: {
          // As when a worker dies between the last write of an activity and the word of it.
          async execute(input, next) {
            const result = await next(input);
            if (info.attempt > 1) return result;
            lost.push(info.activityType);
            throw new Error('The word of this was lost.');
          },
        },
      }),
    ],
  });
});
afterAll(() => worker.stop());

test('every activity may be done twice: its records are made once, its model is called once, and its events are told once', async () => {
  const session = await startSession(worker, [
    { name: 'Planner', type: 'planning', script: [{ json: { subtask_queries: ['Shown', 'Shown', 'Told', 'Bad', 'Skipped'].map((agent_name, index) => ({ agent_name, subtask_query: `part ${index}` })) } }] },
    { name: 'Shown', action: { user_in_the_loop: true }, script: [{ echo: true }] },
    { name: 'Told', after: ['Shown'], action: { user_in_the_loop: 'before' }, script: [{ echo: true }] },
    { name: 'Bad', script: [{ error: { code: 'provider.auth' } }] },
    { name: 'Skipped', after: ['Bad'] },
  ]);
  await session.status('wait_for_user_input');
  const [one, two] = await session.decisions();
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid: one!._id }, { action: 'approve', answered_by: 'ann', answered_through: 'api' });
  await session.handle.signal('decision_changed', { decision_uuid: one!._id });
  await session.handle.signal('answer_decision', { decision_uuid: two!._id, action: 'edit', input: 'edited' });
  const told = await session.pendingDecision('Told');
  await session.handle.signal('user_input', { session_agent_uuid: told.session_agent_uuid, user_input: 'in green' });
  const row = await session.ended();

  expect(new Set(lost)).toEqual(new Set(['beginSession', 'callModel', 'expandSession', 'askDecision', 'answerDecision', 'settleDecision', 'writeProgress', 'endSession']));
  expect(row.status).toBe('failed');
  const agents = await session.agents();
  expect(agents.map((agent) => [agent.agent_name, agent.state])).toEqual([
    ['Planner', 'completed'], ['Shown', 'completed'], ['Shown', 'completed'], ['Told', 'completed'], ['Bad', 'failed'], ['Skipped', 'skipped'],
  ]);
  expect(agents[3]!.agent_output).toContain('edited');
  expect(agents[3]!.agent_output).toContain('in green');
  expect((await session.decisions()).map((decision) => decision.status)).toEqual(['answered', 'answered', 'answered']);
  const runs = await session.runs();
  expect(runs.map((run) => [run.session_agent_uuid, run.attempt]).toSorted()).toEqual(agents.slice(0, 4).map((agent) => [agent._id, 1]).toSorted());
  expect(row.usage.input_tokens).toBe(runs.reduce((sum, run) => sum + run.usage.input_tokens, 0));
  const events = await session.events();
  expectGaplessEvents(events);
  const count = (type: string): number => events.filter((event) => event.event_type === type).length;
  expect({
    started: count('agent.started'), completed: count('agent.completed'), failed: count('agent.failed'), skipped: count('agent.skipped'),
    requested: count('decision.requested'), answered: count('decision.answered'), refused: count('decision.refused'), planned: count('session.planned'),
  }).toEqual({ started: 5, completed: 4, failed: 1, skipped: 1, requested: 3, answered: 3, refused: 0, planned: 1 });
});
