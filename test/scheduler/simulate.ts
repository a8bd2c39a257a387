import { advance } from '../../src/scheduler/advance.ts';
import { apply } from '../../src/scheduler/apply.ts';
import type { Command } from '../../src/scheduler/commands.ts';
import { createState } from '../../src/scheduler/create-state.ts';
import type { DecisionOutcome, SchedulerEvent } from '../../src/scheduler/events.ts';
import { graphOf } from '../../src/scheduler/graph.ts';
import { sessionStatus } from '../../src/scheduler/session-status.ts';
import type { SessionState } from '../../src/scheduler/state.ts';
import { wakeAt } from '../../src/scheduler/time.ts';
import { createOracle, type Oracle } from './oracle.ts';
import type { Scenario } from './scenario.ts';

/** One workflow task: events that came together, then one pass that starts what may start. */
export interface Task {
  now: number;
  events: SchedulerEvent[];
  budget: number;
}

export interface Played {
  tasks: Task[];
  /** The commands of each task. */
  commands: Command[][];
  oracle: Oracle;
  state: SessionState;
}

type Work = Extract<Command, { type: 'launch' | 'ask' | 'settle' | 'expand' }>;

/** The record of a decision, as the database would keep it. */
interface Row {
  outcome: DecisionOutcome | null;
}

export const USAGE = { input_tokens: 3, output_tokens: 2, cost_nano_usd: 1 };
const ERROR = { code: 'step.failed', message: 'It failed.' };
const START = 1_790_000_000_123;
const STEPS = [0, 1, 40, 1_000, 60_000, 900_000, 4_000_000];
/** A session that is not at its end after this many tasks never will be. */
const MOST_TASKS = 2_000;

/** Runs tasks on a fresh state. `carry` says after which tasks the state goes through JSON, as it does on continue-as-new. */
export function replay(scenario: Scenario, tasks: Task[], carry: (task: number) => boolean): { commands: Command[][]; state: SessionState } {
  const graph = graphOf(scenario.nodes);
  let state = createState(scenario.nodes, scenario);
  const commands = tasks.map(({ now, events, budget }, task) => {
    const told = events.flatMap((event) => apply(graph, state, { event, now }));
    told.push(...advance(graph, state, { now, budget }));
    if (carry(task)) state = JSON.parse(JSON.stringify(state)) as SessionState;
    return told;
  });
  return { commands, state };
}

/** Plays a whole session against the oracle; throws where a rule is broken. */
export function play(scenario: Scenario): Played {
  const graph = graphOf(scenario.nodes);
  const state = createState(scenario.nodes, scenario);
  const oracle = createOracle(scenario);
  const rows = new Map<string, Row>();
  const heard: SchedulerEvent[] = [];
  const work: Work[] = [];
  const tasks: Task[] = [];
  const commands: Command[][] = [];
  let now = START;
  let turn = 0;
  // Once the choices are used up everything goes well and in order, so that every session comes to an end.
  const choose = (of: number): number => (turn < scenario.choices.length ? scenario.choices[turn++]! % of : 0);
  const chosen = (): boolean => turn < scenario.choices.length;
  const row = (uuid: string): Row => rows.get(uuid) ?? (rows.set(uuid, { outcome: null }), rows.get(uuid)!);
  const decision = (instance: number, when: string) => {
    const expires_in = scenario.expires_in_ms[oracle.instances[instance]!.node]!;
    return { decision_uuid: `d${instance}-${when}`, expires_at: expires_in === null ? null : now + expires_in };
  };
  const outcome = (): DecisionOutcome => (scenario.failures && choose(4) === 1 ? { kind: 'failed', error: ERROR } : { kind: 'go_on' });

  const finishWork = (): SchedulerEvent => {
    const done = work.splice(choose(work.length), 1)[0]!;
    const { instance } = done;
    if (done.type === 'ask') return { type: 'decision_asked', instance, decision: decision(instance, 'before') };
    if (done.type === 'expand') return scenario.failures && choose(5) === 1 ? { type: 'broke', error: ERROR } : { type: 'expanded', counts: scenario.counts };
    if (done.type === 'settle') {
      const record = row(done.decision_uuid);
      if (done.expire) record.outcome ??= outcome();
      return { type: 'decision_settled', decision_uuid: done.decision_uuid, outcome: record.outcome ?? { kind: 'still_pending' } };
    }
    const how = scenario.failures ? choose(8) : 0;
    if (how === 1) return { type: 'step_failed', instance, error: ERROR, usage: USAGE };
    if (how === 2) return { type: 'step_failed', instance, error: ERROR, again: { tried: true, ...(choose(2) === 0 ? {} : { after_ms: choose(5) * 1_000_000 }) } };
    if (how === 3) return { type: 'step_failed', instance, error: ERROR, again: { tried: choose(2) === 0 } };
    if (how === 4 || (oracle.stopping !== null && choose(2) === 0)) return { type: 'step_cancelled', instance };
    const asks = scenario.after[oracle.instances[instance]!.node]!;
    return { type: 'step_completed', instance, usage: USAGE, ...(asks ? { decision: decision(instance, 'after') } : {}) };
  };
  /** A person answers a decision, perhaps one that the session does not know yet. */
  const answer = (): SchedulerEvent => {
    const uuids = [...oracle.decisions.keys(), ...(chosen() ? work.flatMap(({ type, instance }) => (type === 'ask' ? [`d${instance}-before`] : type === 'launch' ? [`d${instance}-after`] : [])) : [])];
    const decision_uuid = uuids[choose(uuids.length)] ?? 'd0-stray';
    row(decision_uuid).outcome ??= outcome();
    return { type: 'decision_changed', decision_uuid };
  };
  const stray = (): SchedulerEvent => {
    const past = heard[choose(heard.length)];
    const uuid = ['d0-before', '__proto__', 'constructor', 'x'.repeat(100)][choose(4)]!;
    return past !== undefined && past.type !== 'expanded' && past.type !== 'broke' && past.type !== 'stopped' ? past : { type: 'decision_changed', decision_uuid: uuid };
  };
  const control = (): SchedulerEvent => {
    const which = choose(14);
    if (which < 5) return { type: 'paused' };
    if (which < 10) return { type: 'resumed' };
    return which === 13 ? { type: 'broke', error: ERROR } : which === 12 ? { type: 'stopped', why: 'cancelled' } : { type: 'time_passed' };
  };
  const next = (): SchedulerEvent => {
    const kind = chosen() ? choose(12) : 0;
    if (kind === 10) return stray();
    if (kind === 11 && scenario.controls) return control();
    if (kind === 9) return { type: 'time_passed' };
    if ((kind === 8 || kind === 7) && (oracle.decisions.size > 0 || work.length > 0)) return answer();
    if (work.length > 0) return finishWork();
    if (state.paused === 1) return { type: 'resumed' };
    const wake = wakeAt(state);
    const isResting = oracle.instances.some(({ stage }) => stage === 'resting');
    if (wake !== null && (isResting || choose(2) === 1)) now = Math.max(now, wake);
    else if (oracle.decisions.size > 0) return answer();
    return { type: 'time_passed' };
  };

  const run = (events: SchedulerEvent[], budget: number): void => {
    const told: Command[] = [];
    for (const event of events) {
      oracle.hear(event, now);
      const said = apply(graph, state, { event, now });
      oracle.obey(said, now);
      told.push(...said);
      heard.push(event);
    }
    const said = advance(graph, state, { now, budget });
    const started = said.filter(({ type }) => type === 'launch' || type === 'ask' || type === 'settle').length;
    if (started > budget) throw new Error('more than the budget was started');
    oracle.obey(said, now);
    oracle.settled(started < budget, now);
    told.push(...said);
    work.push(...told.filter((command): command is Work => ['launch', 'ask', 'settle', 'expand'].includes(command.type)));
    tasks.push({ now, events, budget });
    commands.push(told);
    if (oracle.finish === null && sessionStatus(state) !== oracle.status()) throw new Error(`status ${sessionStatus(state)}, not ${oracle.status()}`);
    const due = oracle.due(now);
    const wake = wakeAt(state);
    if (due !== null && (wake === null || wake >= Math.max(due, now) + 1_000)) throw new Error(`wakes at ${wake}, due ${due}`);
  };

  run([{ type: 'expanded', counts: scenario.planner < 0 ? scenario.counts : scenario.counts.map((count, node) => (node === scenario.planner ? count : -1)) }], 100);
  while (oracle.finish === null) {
    if (tasks.length > MOST_TASKS) throw new Error('the session does not end');
    now += STEPS[choose(STEPS.length)]!;
    const wake = wakeAt(state);
    const events: SchedulerEvent[] = wake !== null && wake <= now ? [{ type: 'time_passed' }] : [];
    for (let more = choose(3); more >= 0; more -= 1) {
      const event = next();
      events.push(event);
      // Work that a later event of this task makes superfluous is still in flight.
      if (work.length === 0) break;
    }
    run(events, chosen() ? [100, 1, 2, 0][choose(4)]! : 100);
  }
  return { tasks, commands, oracle, state };
}
