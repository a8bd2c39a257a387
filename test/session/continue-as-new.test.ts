import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSessionWorkflow } from '../../src/operations/session-workflow.ts';
import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { crossRuns, fillHistory } from './fill-history.ts';
import { lostActivities, runChain, type Run } from './run-chain.ts';
import { createSession, type CreateOptions, type StartedSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** As the operation starts it, with what the Temporal UI shows beside it. */
async function start(agents: TestAgent[], options: CreateOptions = {}): Promise<StartedSession> {
  const session = await createSession(worker, agents, options);
  await startSessionWorkflow(worker.client, worker.task_queue, await session.row());
  return session;
}

async function runId(session: StartedSession): Promise<string> {
  return (await session.handle.describe()).runId;
}

/** What must be true of every session that went over a continue-as-new: nothing lost, nothing done twice. */
async function expectWholeChain(session: StartedSession): Promise<Run[]> {
  const runs = await runChain(session);
  expect(runs.length).toBeGreaterThan(1);
  expect(lostActivities(runs)).toBe(0);
  // Begun once, a call leaves its run alone.
  expect(await session.calls()).toEqual([]);
  expect((await session.runs()).every(({ attempt }) => attempt === 1)).toBe(true);
  expectGaplessEvents(await session.events());
  return runs;
}

/** As the REST operation does: the conditional write, then the signal. */
async function answer(session: StartedSession, decision_uuid: string, action: 'approve' | 'reject' = 'approve'): Promise<void> {
  await answerDecisionRecord({ partition_key: worker.partition_key, decision_uuid }, { action, answered_by: 'ann', answered_through: 'api' });
  await session.handle.signal('decision_changed', { decision_uuid });
}

const AUTHOR_AND_PRINTER: TestAgent[] = [
  { name: 'Author', action: { user_in_the_loop: true }, script: [{ text: 'the draft' }] },
  { name: 'Printer', after: ['Author'], script: [{ echo: true }] },
];

test('a decision that waits is answered in the run after, and what the Temporal UI shows goes along', async () => {
  const session = await start(AUTHOR_AND_PRINTER);
  const decision = await session.pendingDecision();
  await session.status('wait_for_user_input');
  await session.handle.signal('answer_decision', { decision_uuid: 'x'.repeat(100_000), action: 'approve' });
  await eventually(session.eventTypes, (types) => types.includes('decision.refused'));
  const before = await session.handle.describe();
  await crossRuns(session);
  const after = await session.handle.describe();
  expect(after.status.name).toBe('RUNNING');
  const { part_id: project } = await session.row();
  expect(after.searchAttributes).toMatchObject({ AceProject: [project], AceCoordination: ['test'], AceStatus: ['wait_for_user_input'] });
  expect(after.memo).toEqual(before.memo);
  expect(after.memo).toMatchObject({ session_uuid: session.session_uuid });
  // The server leaves these behind with the first run; the memo goes along.
  expect(await before.staticDetails()).toContain(`/v1/sessions/${session.session_uuid}/events`);
  expect((await session.row()).status).toBe('wait_for_user_input');
  // The new run has first to load its plan.
  const readDetails = async () => (await session.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
  const currentDetails = await eventually(readDetails, (details) => details !== '');
  expect(currentDetails).toContain(decision._id);
  expect(currentDetails).toContain('Refused answers:\n- Answer 1: decision_uuid must be a uuid.');

  await answer(session, decision._id);
  expect(await session.ended()).toMatchObject({ status: 'completed', run_id: after.runId });
  expect((await session.agents()).map(({ state }) => state)).toEqual(['completed', 'completed']);
  expect((await session.agent('Printer')).agent_output).toContain('Output of Author:\nthe draft');
  expect((await session.handle.describe()).searchAttributes.AceStatus).toEqual(['completed']);
  await expectWholeChain(session);
  // Continuing is no news: nothing is told of it.
  expect((await session.eventTypes()).filter((type) => type === 'session.started' || type === 'session.waiting')).toEqual(['session.started', 'session.waiting']);
});

test('a decision asked before a step is answered in the third run, where the second heard nothing but nonsense', async () => {
  const session = await start([{ name: 'Author', action: { user_in_the_loop: 'before' }, script: [{ echo: true }] }]);
  const { session_agent_uuid } = await session.pendingDecision();
  await crossRuns(session);
  await crossRuns(session);
  await session.handle.signal('user_input', { session_agent_uuid, user_input: 'in green' });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agent('Author')).agent_input).toBe('Do it.\n\nInput from the user:\nin green');
  expect(await expectWholeChain(session)).toHaveLength(3);
});

test('a deadline holds in the run after', async () => {
  const session = await start([
    { name: 'Author', action: { user_in_the_loop: { when: 'after', expires_in: '8s', default_action: 'approve' } }, script: [{ text: 'draft' }] },
    { name: 'Printer', after: ['Author'] },
  ]);
  await session.pendingDecision();
  await crossRuns(session);
  expect((await session.decisions())[0]!.status).toBe('pending');
  expect((await session.ended()).status).toBe('completed');
  expect((await session.decisions())[0]).toMatchObject({ status: 'expired', applied_at: expect.any(Date) });
  await expectWholeChain(session);
});

test('a deadline that passes while the history fills up is kept, whichever run hears of it', async () => {
  const session = await start([
    { name: 'Author', action: { user_in_the_loop: { when: 'after', expires_in: '1s', default_action: 'approve' } }, script: [{ text: 'draft' }] },
    { name: 'Holder', action: { user_in_the_loop: true } },
  ]);
  const { expires_at } = await session.pendingDecision('Author');
  await fillHistory(session, 3);
  await eventually(async () => Date.now(), (now) => now >= expires_at!.getTime() - 50);
  // Some 30 ms a signal: the suggestion comes about when the deadline does.
  await crossRuns(session);
  await eventually(() => session.agent('Author'), ({ state }) => state === 'completed');
  await answer(session, (await session.pendingDecision('Holder'))._id);
  expect((await session.ended()).status).toBe('completed');
  await expectWholeChain(session);
});

test('a paused session stays paused in the run after, and its time-out goes on counting where it stood', async () => {
  const session = await start(
    [
      { name: 'First', script: [{ delay_ms: 1_000, text: 'one' }] },
      { name: 'Second', after: ['First'], script: [{ hang: true }] },
    ],
    { timeout_ms: 5_000 },
  );
  await eventually(() => session.agent('First'), (agent) => agent?.state === 'in_progress');
  await session.handle.signal('pause');
  await eventually(() => session.agent('First'), ({ state }) => state === 'completed');
  await session.status('paused');
  await crossRuns(session);
  expect((await session.row()).status).toBe('paused');
  expect((await session.agent('Second')).state).toBe('initial');
  await session.handle.signal('resume');
  expect((await session.ended()).status).toBe('timeout');
  expect((await session.agents()).map(({ state }) => state)).toEqual(['completed', 'cancelled']);
  await expectWholeChain(session);
});

test('steps in flight keep the run, and a run that never rests is drained', async () => {
  const agents = Array.from({ length: 60 }, (_, index): TestAgent => ({ name: `Agent ${index}`, script: [{ delay_ms: 400, text: `${index}` }] }));
  const session = await start(agents, { max_parallel: 2 });
  await eventually(() => session.agents(), (all) => all.some(({ state }) => state === 'in_progress'));
  const before = await runId(session);
  await fillHistory(session, 6);
  // Suggested, and two steps always in flight: it stays.
  const ended = async () => (await session.agents()).filter(({ state }) => state === 'completed').length;
  const seen = await ended();
  await eventually(ended, (count) => count >= seen + 4);
  expect(await runId(session)).toBe(before);
  // Over 10 MB: what runs may finish, and nothing starts until the next run has begun.
  await crossRuns(session);
  expect(await ended()).toBeLessThan(agents.length);
  expect((await session.ended()).status).toBe('completed');
  expect(await ended()).toBe(agents.length);
  expect(await session.runs()).toHaveLength(agents.length);
  await expectWholeChain(session);
});

test('signals that come in the very moment of the change reach whichever run is current, each once', async () => {
  const agents = Array.from({ length: 5 }, (_, index): TestAgent => ({ name: `Agent ${index}`, action: { user_in_the_loop: index % 2 === 0 ? true : 'before' } }));
  const session = await start(agents);
  const decisions = await eventually(session.decisions, (all) => all.length === agents.length);
  const unknown = '01890000-0000-7000-8000-000000000000';
  for (const [index, decision] of decisions.entries()) {
    const raw = session.handle.signal('answer_decision', { decision_uuid: unknown, action: 'approve' });
    const counted = () => (index % 2 === 0 ? session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' }) : answer(session, decision._id));
    const isLast = index === decisions.length - 1;
    // The last answer ends the session; the others come while its runs change.
    await Promise.all([isLast ? raw : crossRuns(session), raw, counted()]);
  }
  expect((await session.ended()).status).toBe('completed');
  const events = await session.events();
  expect(events.filter(({ event_type }) => event_type === 'decision.answered')).toHaveLength(agents.length);
  expect(events.filter(({ event_type }) => event_type === 'decision.refused')).toHaveLength(agents.length);
  expect(await expectWholeChain(session)).toHaveLength(agents.length);
});
