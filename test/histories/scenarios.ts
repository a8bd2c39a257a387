import { answerDecisionRecord } from '../../src/records/answer-decision.ts';
import { crossRuns } from '../session/fill-history.ts';
import { eventually } from '../session/eventually.ts';
import { startSession, type CreateOptions, type StartedSession, type TestAgent } from '../session/run-session.ts';
import type { TestWorker } from '../session/start-test-worker.ts';

/** A way that a session can take, from its start to the end of its workflow. */
export interface Scenario {
  agents: TestAgent[];
  options?: CreateOptions;
  /** Other values of the workflow code's constants, of which its commands must not depend. */
  constants?: Record<string, string>;
  /** What happens to it meanwhile. */
  act?(session: StartedSession, worker: TestWorker): Promise<void>;
  status: string;
}

const says = (text: string, delay_ms = 0) => [{ text, delay_ms }];
const slow = [{ text: 'late', delay_ms: 60_000 }];
const asks = (loop: unknown): TestAgent[] => [
  { name: 'Author', action: { user_in_the_loop: loop }, script: says('draft') },
  { name: 'Printer', after: ['Author'], script: says('printed') },
];

async function answerAsRest(session: StartedSession, action: 'approve' | 'reject', agent?: string): Promise<void> {
  const { _id: decision_uuid } = await session.pendingDecision(agent);
  await answerDecisionRecord({ partition_key: session.partition_key, decision_uuid }, { action, answered_by: 'ann', answered_through: 'api' });
  await session.handle.signal('decision_changed', { decision_uuid });
}

/** Waits until every step has come as far as `state`. */
async function running(session: StartedSession, name: string): Promise<void> {
  await eventually(() => session.agent(name), (agent) => agent?.state === 'in_progress');
}

/** One recorded history for each; its name is the file's. */
export const SCENARIOS: Record<string, Scenario> = {
  'plain-chain': {
    agents: [{ name: 'A', script: says('a') }, { name: 'B', after: ['A'], script: says('b') }, { name: 'C', after: ['B'], script: says('c') }],
    status: 'completed',
  },
  'parallel-graph': {
    agents: [
      { name: 'A', script: says('a') },
      ...['B', 'C', 'D'].map((name): TestAgent => ({ name, after: ['A'], script: says(name, 50) })),
      { name: 'E', after: ['B', 'C'], script: says('e') },
      { name: 'F', after: ['D', 'E'], script: says('f') },
    ],
    options: { max_parallel: 2 },
    status: 'completed',
  },
  // More than one workflow task launches.
  'wide-launch': { agents: Array.from({ length: 120 }, (_, index): TestAgent => ({ name: `A${index}`, script: says('a') })), options: { max_parallel: 200 }, status: 'completed' },
  'failed-branch': {
    agents: [
      { name: 'Bad', script: [{ error: { code: 'provider.auth', message: 'The key is wrong.' } }] },
      { name: 'Skipped', after: ['Bad'] },
      { name: 'Good', script: says('good', 100) },
      { name: 'Better', after: ['Good'], script: says('better') },
    ],
    status: 'failed',
  },
  'retried-call': {
    agents: [{ name: 'A', script: [{ times: 1, error: { code: 'provider.overloaded', retry_after_ms: 10 } }, { text: 'a' }] }],
    status: 'completed',
  },
  // The vendor wants to be left alone for longer than an activity may try: the step rests for a minute, over two runs.
  'provider-wait': {
    constants: { STRETCH_MS: '2_000' },
    agents: [{ name: 'A', script: [{ times: 1, error: { code: 'provider.overloaded', retry_after_ms: 5_000 } }, { text: 'a' }] }, { name: 'B', after: ['A'], script: says('b') }],
    async act(session) {
      await eventually(() => session.agent('A'), (agent) => agent?.notes.includes('away') === true);
      await crossRuns(session);
    },
    status: 'completed',
  },
  'decision-after-by-rest': { agents: asks(true), act: (session) => answerAsRest(session, 'approve'), status: 'completed' },
  'decision-after-rejected': { agents: asks(true), act: (session) => answerAsRest(session, 'reject'), status: 'failed' },
  'decision-before-by-signal': {
    agents: asks('before'),
    async act(session) {
      const { session_agent_uuid } = await session.pendingDecision();
      await session.handle.signal('user_input', { session_agent_uuid, user_input: 'in green' });
    },
    status: 'completed',
  },
  'decision-refused-then-answered': {
    agents: asks(true),
    async act(session) {
      const { _id: decision_uuid } = await session.pendingDecision();
      for (const answer of [null, { decision_uuid, action: 'explode' }, { decision_uuid: '01890000-0000-7000-8000-000000000000', action: 'approve' }]) {
        await session.handle.signal('answer_decision', answer);
      }
      await session.handle.signal('decision_changed', { decision_uuid });
      await session.handle.signal('decision_changed', null);
      await session.handle.signal('answer_decision', { decision_uuid, action: 'edit', input: 'mended' });
    },
    status: 'completed',
  },
  'decision-expired': { agents: asks({ when: 'after', expires_in: '1s', default_action: 'approve' }), status: 'completed' },
  'decision-expired-without-default': { agents: asks({ when: 'before', expires_in: '1s' }), status: 'failed' },
  'waiting-branch': {
    agents: [
      { name: 'Asks', action: { user_in_the_loop: true }, script: says('draft') },
      { name: 'Works', script: says('one', 100) },
      { name: 'Goes on', after: ['Works'], script: says('two', 100) },
      { name: 'Both', after: ['Asks', 'Goes on'], script: says('three') },
    ],
    async act(session) {
      await session.status('wait_for_user_input');
      await answerAsRest(session, 'approve', 'Asks');
    },
    status: 'completed',
  },
  'planning-agent': {
    agents: [
      { name: 'Planner', type: 'planning', script: [{ json: { subtask_queries: [{ agent_name: 'Worker', subtask_query: 'x' }, { agent_name: 'Worker', subtask_query: 'y' }, { agent_name: 'Writer', subtask_query: 'z' }] } }] },
      { name: 'Worker', script: says('w') },
      { name: 'Writer', after: ['Worker'], script: says('written') },
    ],
    status: 'completed',
  },
  'plan-refused': {
    agents: [{ name: 'Planner', type: 'planning', script: [{ json: { subtask_queries: [{ agent_name: 'Nobody', subtask_query: 'x' }] } }] }, { name: 'Worker' }],
    status: 'failed',
  },
  subtasks: {
    agents: [{ name: 'Many', script: says('m') }, { name: 'Unasked' }, { name: 'Last', after: ['Many', 'Unasked'], script: says('l') }],
    options: { subtasks: [['Many', 'one'], ['Many', 'two'], ['Many', 'three'], ['Last', 'sum up']] },
    status: 'completed',
  },
  'pause-and-resume': {
    agents: [{ name: 'A', script: says('a', 500) }, { name: 'B', after: ['A'], script: says('b') }],
    async act(session) {
      await running(session, 'A');
      await session.handle.signal('pause');
      await session.status('paused');
      await eventually(() => session.agent('A'), ({ state }) => state === 'completed');
      await session.handle.signal('resume');
    },
    status: 'completed',
  },
  'cancel-by-signal': {
    agents: [{ name: 'A', script: slow }, { name: 'B', after: ['A'] }, { name: 'C', action: { user_in_the_loop: true }, script: says('c') }],
    async act(session) {
      await running(session, 'A');
      await session.pendingDecision('C');
      await session.handle.signal('cancel');
    },
    status: 'cancelled',
  },
  'cancel-in-the-ui': {
    agents: [{ name: 'A', script: slow }, { name: 'B', after: ['A'] }],
    async act(session) {
      await running(session, 'A');
      await session.handle.cancel();
    },
    status: 'cancelled',
  },
  'session-timeout': { agents: [{ name: 'A', script: slow }, { name: 'B', after: ['A'] }], options: { timeout_ms: 1_000 }, status: 'timeout' },
  'begin-failure': { agents: [{ name: 'A' }], options: { plan_hash: 'gone' }, status: 'failed' },
  'continue-as-new': {
    agents: asks({ when: 'after', expires_in: '1h' }),
    async act(session) {
      await session.pendingDecision();
      await session.status('wait_for_user_input');
      await crossRuns(session);
      await session.handle.signal('pause');
      await session.status('paused');
      await session.handle.signal('resume');
      await answerAsRest(session, 'approve');
    },
    status: 'completed',
  },
};

/** Starts a scenario's session and sees it to its end. Errors: rejects where it ends otherwise than it should. */
export async function play(name: string, worker: TestWorker): Promise<StartedSession> {
  const { agents, options, act, status } = SCENARIOS[name]!;
  const session = await startSession(worker, agents, options);
  await act?.(session, worker);
  const ended = await session.ended();
  if (ended.status !== status) throw new Error(`${name} ended ${ended.status}, not ${status}: ${ended.error_json}`);
  return session;
}
