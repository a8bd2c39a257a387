import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seededRandom } from '../../bench/random.ts';
import { PLAN_PAGE_BYTES, compactPlan, planPages } from '../../src/plan/compact-plan.ts';
import { loadPlan } from '../../src/records/plan.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { crossRuns } from './fill-history.ts';
import { countEvents, lostActivities, runChain, type Run } from './run-chain.ts';
import { startSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

/** States in one write of progress. */
const BATCH = 200;
/** Beginning and end of a session, and changes of its status. */
const BESIDES = 4;
const MAX_STATE_BYTES = 1024 * 1024;

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** Each agent waits for up to three of those before it. */
function randomTeam(size: number): TestAgent[] {
  const random = seededRandom(size);
  return Array.from({ length: size }, (_, index) => {
    const wanted = Math.min(index, Math.floor(random() * 4));
    const after = new Set(Array.from({ length: wanted }, () => `Agent ${Math.floor(random() * index)}`));
    return { name: `Agent ${index}`, after: [...after], script: [{ text: 'done' }] };
  });
}

function activities(runs: Run[]): number {
  return runs.reduce((sum, { history }) => sum + countEvents(history, 'activityTaskScheduledEventAttributes'), 0);
}

/** How many activities of a type were pending at one moment. */
function mostAtOnce(runs: Run[], type: string): number {
  const pending = new Set<string>();
  let most = 0;
  for (const event of runs.flatMap(({ history }) => history.events ?? [])) {
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === type) pending.add(String(event.eventId));
    if (event.activityTaskCompletedEventAttributes != null) pending.delete(String(event.activityTaskCompletedEventAttributes.scheduledEventId));
    most = Math.max(most, pending.size);
  }
  return most;
}

/** Bytes of what each run handed to the next. */
function carriedBytes(runs: Run[]): number[] {
  return runs.slice(1).map(({ history }) => {
    const started = history.events![0]!.workflowExecutionStartedEventAttributes!;
    return (started.input?.payloads ?? []).reduce((sum, payload) => sum + (payload.data?.length ?? 0), 0);
  });
}

test('1,000 agents in a random graph: as many activities as agents and four, each called once', async () => {
  const agents = randomTeam(1_000);
  const session = await startSession(worker, agents);
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'completed', error_json: null });
  const done = await session.agents();
  expect(done).toHaveLength(agents.length);
  expect(done.every(({ state }) => state === 'completed')).toBe(true);
  // None began before what it waited for had ended.
  const ended = new Map(done.map((agent) => [agent.agent_name, agent.ended_at!.getTime()]));
  for (const [index, agent] of done.entries()) {
    for (const name of agents[index]!.after!) expect(agent.started_at!.getTime()).toBeGreaterThanOrEqual(ended.get(name)!);
  }
  const calls = await session.runs();
  expect(calls).toHaveLength(agents.length);
  expect(calls.every(({ attempt }) => attempt === 1)).toBe(true);
  const runs = await runChain(session);
  // Each run after the first loads the plan again.
  expect(activities(runs)).toBeLessThanOrEqual(agents.length + BESIDES + (runs.length - 1));
  expect(lostActivities(runs)).toBe(0);
  for (const bytes of carriedBytes(runs)) expect(bytes).toBeLessThan(MAX_STATE_BYTES);
  expectGaplessEvents(await session.events());
});

test('10,000 agents: their plan comes in pages to each run, their state is carried, and what is skipped is written in batches', async () => {
  // Names as long as they may be, so that the plan takes several pages.
  const long = 'x'.repeat(200);
  const agents = Array.from({ length: 10_000 }, (_, index): TestAgent => ({
    name: `${index} ${long}`,
    after: index === 0 ? [] : [`${index === 1 ? 0 : Math.floor(index / 2)} ${long}`],
    ...(index === 0 ? { action: { user_in_the_loop: 'before' } } : {}),
  }));
  const session = await startSession(worker, agents);
  const { _id: decision_uuid } = await session.pendingDecision(agents[0]!.name);
  await crossRuns(session);
  await session.handle.signal('answer_decision', { decision_uuid, action: 'reject' });
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'decision.rejected' });
  const pages = planPages(compactPlan(await loadPlan(worker.partition_key, row.plan_hash), () => false), Buffer.byteLength);
  expect(pages.length).toBeGreaterThan(1);
  for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(PLAN_PAGE_BYTES);

  const done = await session.agents();
  expect(done).toHaveLength(agents.length);
  expect(done[0]!.state).toBe('failed');
  expect(done.slice(1).every(({ state }) => state === 'skipped')).toBe(true);
  expect(await session.calls()).toEqual([]);
  const runs = await runChain(session);
  expect(mostAtOnce(runs, 'writeProgress')).toBe(1);
  const batches = Math.ceil(agents.length / BATCH);
  const decided = ['askDecision', 'answerDecision', 'settleDecision'].length;
  expect(activities(runs)).toBeLessThanOrEqual(BESIDES + runs.length * pages.length + decided + batches);
  expect(carriedBytes(runs)[0]).toBeGreaterThan(0);
  for (const bytes of carriedBytes(runs)) expect(bytes).toBeLessThan(MAX_STATE_BYTES);
  const events = await session.events();
  expect(events.filter(({ event_type }) => event_type === 'agent.skipped')).toHaveLength(agents.length - 1);
  expectGaplessEvents(events);
}, 120_000);
