import {
  ApplicationFailure, CancellationScope, CancelledFailure, allHandlersFinished, condition, continueAsNew, log, setCurrentDetails, setDefaultSignalHandler, setHandler,
  upsertSearchAttributes, workflowInfo,
} from '@temporalio/workflow';
import { advance, mayStart } from '../src/scheduler/advance.ts';
import { apply } from '../src/scheduler/apply.ts';
import { CARRIED_CHARACTERS, carryState, resumeState } from '../src/scheduler/carry-state.ts';
import type { Command } from '../src/scheduler/commands.ts';
import { subtaskIndex } from '../src/scheduler/create-state.ts';
import type { SchedulerEvent } from '../src/scheduler/events.ts';
import { sessionStatus } from '../src/scheduler/session-status.ts';
import { wakeAt } from '../src/scheduler/time.ts';
import { begin, type Begun } from './begin.ts';
import { currentDetails } from './current-details.ts';
import { Inbox } from './inbox.ts';
import { SUMMARY_CHARACTERS, callModelActivity, stepCompleted, stepEnded, stepError } from './model-activity.ts';
import { ProgressWriter } from './progress-writer.ts';
import { recordActivity } from './record-activities.ts';
import { RawAnswers } from './raw-answers.ts';
import type { SessionInput, SessionOutcome } from './session-input.ts';
import { answerDecisionSignal, cancel, decisionChanged, pause, resume, userInput } from './signals.ts';
import { WakeTimer } from './wake-timer.ts';
import { usd } from './usd.ts';

type SessionEnd = Pick<Extract<Command, { type: 'finish' }>, 'status' | 'error'>;

const UUID_CHARACTERS = 36;
/** Launches in one workflow task: its commands have to fit into one gRPC message. */
const LAUNCHES_PER_TASK = 100;
/** From here on nothing new starts until the run can be continued as new (the server's limits are 51,200 and 50 MB). */
const DRAIN_EVENTS = 20_000;
const DRAIN_BYTES = 10 * 1024 * 1024;

/** One session: turns the scheduler's commands into activities and timers, and their ends into events. */
export async function session(input: SessionInput): Promise<SessionOutcome> {
  const inbox = new Inbox();
  const answers = new RawAnswers(input, inbox, input.carried);
  setHandler(decisionChanged, (changed) => {
    // What is no uuid would travel along in the state of every later run.
    const isUuid = typeof changed?.decision_uuid === 'string' && changed.decision_uuid.length === UUID_CHARACTERS;
    // Nonsense is an event too: a flood of it has to lead to a new run, not to the end of this one's history.
    inbox.push(isUuid ? { type: 'decision_changed', decision_uuid: changed.decision_uuid } : { type: 'time_passed' });
  });
  setHandler(answerDecisionSignal, (answer) => answers.hear(answer));
  setHandler(userInput, (answer) => answers.hear(answer));
  setHandler(pause, () => void inbox.push({ type: 'paused' }));
  setHandler(resume, () => void inbox.push({ type: 'resumed' }));
  setHandler(cancel, () => void inbox.push({ type: 'stopped', why: 'cancelled' }));
  // Signals of no known name fill a history too, and have to lead to a new run like any other.
  setDefaultSignalHandler(() => inbox.push({ type: 'time_passed' }));
  let cancelledFromOutside = false;
  // Cancel in the Temporal UI is the same as the signal; what follows runs where that cancel cannot cut it short.
  CancellationScope.current().cancelRequested.catch(() => {
    cancelledFromOutside = true;
    inbox.push({ type: 'stopped', why: 'cancelled' });
  });
  const outcome = await CancellationScope.nonCancellable(() => run(input, inbox, answers));
  if (cancelledFromOutside && outcome.status === 'cancelled') throw new CancelledFailure('The session was cancelled.');
  return outcome;
}

async function run(input: SessionInput, inbox: Inbox, answers: RawAnswers): Promise<SessionOutcome> {
  const { partition_key, session_uuid } = input;
  const ref = { partition_key, session_uuid };
  // Outside the try: a state of a newer worker fails this worker's task only, and a newer worker takes it.
  const carriedState = input.carried === undefined ? undefined : resumeState(input.carried.state);
  let begun: Begun;
  try {
    begun = await begin(input, carriedState);
  } catch (failure) {
    const { error } = stepError(failure);
    upsertSearchAttributes({ AceStatus: ['failed'] });
    await recordActivity('endSession', { ...ref, status: 'failed', error, iteration_count: 0, usage: { input_tokens: 0, output_tokens: 0, cost_nano_usd: 0 } });
    throw ApplicationFailure.nonRetryable(error.message, error.code);
  }
  const { graph, state, coordination_name } = begun;
  inbox.begin(begun.events);
  const progress = new ProgressWriter(ref, state, { changes: input.carried?.changes ?? 0, written: () => inbox.wake() });
  const timer = new WakeTimer(() => void inbox.push({ type: 'time_passed' }));
  const steps = new CancellationScope({ cancellable: true });
  let inFlight = 0;
  let moved = false;
  let told = input.carried?.status ?? 'in_progress';
  let finish: Extract<Command, { type: 'finish' }> | undefined;

  const ended = (event: SchedulerEvent): void => {
    inFlight -= 1;
    inbox.push(event);
  };
  const then = (work: Promise<SchedulerEvent>): void => {
    inFlight += 1;
    void work.then(ended);
  };
  const broke = (failure: unknown): SchedulerEvent => ({ type: 'broke', error: stepError(failure).error });
  const agentName = (instance: number): string => graph.nodes[state.node[instance]!]!.n.slice(0, SUMMARY_CHARACTERS);
  const instanceRef = (instance: number) => ({ ...ref, node: state.node[instance]!, subtask_index: subtaskIndex(state, instance) });

  const carryOut = (command: Command): void => {
    switch (command.type) {
      case 'launch': {
        const node = graph.nodes[state.node[command.instance]!]!;
        const { instance } = command;
        const step = { ...instanceRef(instance), name: node.n, local: node.q === 1, task_queue: workflowInfo().taskQueue };
        inFlight += 1;
        steps.run(() => callModelActivity(step)).then((result) => ended(stepCompleted(instance, result)), (failure: unknown) => ended(stepEnded(instance, failure)));
        return;
      }
      case 'ask':
        then(recordActivity('askDecision', instanceRef(command.instance), agentName(command.instance)).then((decision) => ({ type: 'decision_asked', instance: command.instance, decision }), broke));
        return;
      case 'settle': {
        const { instance, decision_uuid, expire } = command;
        then(recordActivity('settleDecision', { ...ref, decision_uuid, expire }, agentName(instance)).then((outcome) => ({ type: 'decision_settled', decision_uuid, outcome }), broke));
        return;
      }
      case 'expand':
        then(recordActivity('expandSession', instanceRef(command.instance), agentName(command.instance)).then(({ counts }) => ({ type: 'expanded', counts }), broke));
        return;
      case 'cancel_running':
        steps.cancel();
        return;
      case 'record': {
        const { node, subtask_index } = instanceRef(command.instance);
        const { state: recorded, notes, error } = command;
        progress.records.push({ node, subtask_index, name: graph.nodes[node]!.n, state: recorded, notes, ...(error === undefined ? {} : { error }) });
        return;
      }
      case 'finish':
        finish = command;
    }
  };

  while (finish === undefined) {
    const now = Date.now();
    // A run that has done nothing yet is not continued either: its history may be full of the plan alone.
    const draining = moved && mustDrain();
    moved ||= !inbox.isEmpty;
    try {
      for (let event = inbox.shift(); event !== undefined; event = inbox.shift()) apply(graph, state, { event, now }).forEach(carryOut);
      advance(graph, state, { now, budget: draining ? 0 : LAUNCHES_PER_TASK }).forEach(carryOut);
    } catch (error) {
      // A workflow task that throws is retried for ever; a session that fails says why.
      log.error('The scheduler failed', { error: String(error) });
      steps.cancel();
      finish = { type: 'finish', status: 'failed', error: { code: 'session.internal', message: `The scheduler failed: ${String(error)}`.slice(0, 1_000) } };
      break;
    }
    if (finish !== undefined) break;
    const status = sessionStatus(state);
    if (status !== told) {
      told = status;
      progress.setStatus(status);
      upsertSearchAttributes({ AceStatus: [status] });
    }
    progress.flush((failure) => void inbox.push(broke(failure)));
    setCurrentDetails(currentDetails(graph, state, { coordination_name, refusals: answers.refusals }));
    if (!draining && mayStart(state)) {
      // The rest of a wide launch goes into the next task.
      timer.set(now + 1, now);
    } else {
      timer.set(wakeAt(state), now);
    }
    const rests = (): boolean => inFlight === 0 && progress.idle && answers.idle && moved && mayContinue();
    while (inbox.isEmpty && !rests()) await inbox.changed();
    if (!inbox.isEmpty) continue;
    const carried = carryState(state);
    if (JSON.stringify(carried).length > CARRIED_CHARACTERS) {
      inbox.push({ type: 'broke', error: { code: 'session.state_too_large', message: `The state of the session has outgrown ${CARRIED_CHARACTERS} characters.` } });
      continue;
    }
    timer.clear();
    await continueAsNew<typeof session>({
      ...ref,
      carried: { state: carried, coordination_name, answers: answers.count, refusals: answers.refusals, changes: progress.changes, status: told, runs: (input.carried?.runs ?? 1) + 1 },
    });
  }

  timer.clear();
  progress.flush(() => undefined);
  await condition(() => progress.idle && inFlight === 0 && answers.idle && allHandlersFinished());
  const { status, error } = await endWith(finish, (end) => recordActivity('endSession', { ...ref, ...end, iteration_count: state.iteration_count, usage: { ...state.usage } }));
  upsertSearchAttributes({ AceStatus: [status] });
  const cost_usd = usd(state.usage.cost_nano_usd);
  setCurrentDetails(`**${coordination_name}**: ${status}. ${state.phase.length} steps, $${cost_usd}.${error === null ? '' : `\n\n${error.message}`}`);
  if (status === 'failed' || status === 'timeout') {
    const failure = error ?? { code: 'session.timeout', message: 'The session ran out of time.' };
    throw ApplicationFailure.nonRetryable(failure.message, failure.code);
  }
  return { status, session_uuid, steps: state.phase.length, input_tokens: state.usage.input_tokens, output_tokens: state.usage.output_tokens, cost_usd };
}

/** Writes the end; where that cannot be written, as where the output is too large, the end is that failure. */
async function endWith({ status, error }: SessionEnd, write: (end: SessionEnd) => Promise<void>): Promise<SessionEnd> {
  try {
    await write({ status, error });
    return { status, error };
  } catch (failure) {
    const failed: SessionEnd = { status: 'failed', error: stepError(failure).error };
    await write(failed);
    return failed;
  }
}

function mustDrain(): boolean {
  const { historyLength, historySize } = workflowInfo();
  return historyLength >= DRAIN_EVENTS || historySize >= DRAIN_BYTES;
}

/** Continue-as-new loses whatever is pending, so it waits for a moment in which nothing is. */
function mayContinue(): boolean {
  return workflowInfo().continueAsNewSuggested || mustDrain();
}
