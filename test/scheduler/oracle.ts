import type { Command } from '../../src/scheduler/commands.ts';
import { PROVIDER_REST_MS, STEP_TIME_MS, STRETCH_MS } from '../../src/scheduler/rest.ts';
import type { AskedDecision, SchedulerEvent } from '../../src/scheduler/events.ts';
import type { Scenario } from './scenario.ts';

export type End = 'completed' | 'failed' | 'skipped' | 'cancelled';
type Stage = 'idle' | 'asking' | 'running' | 'deciding' | 'resting' | 'failing' | 'cancelling' | 'ended';

interface Instance {
  node: number;
  stage: Stage;
  /** The person asked before it said yes, or it was launched before. */
  cleared: boolean;
  end: End | null;
  launched_at: number;
  /** Time of the step that is left for tries and rests. */
  left_ms: number;
  retry_at: number;
}

interface Decision {
  instance: number;
  when: 'before' | 'after';
  expires_at: number | null;
  /** It changed or expired, and nobody has looked yet what it came to. */
  told: boolean;
  settling: boolean;
}

/** What a session must do, told apart from how the scheduler does it: slow, plain, and it refuses every wrong command. */
export interface Oracle {
  instances: Instance[];
  decisions: Map<string, Decision>;
  usage: number;
  paused: boolean;
  stopping: string | null;
  finish: Extract<Command, { type: 'finish' }> | null;
  hear(event: SchedulerEvent, now: number): void;
  obey(commands: Command[], now: number): void;
  /** Nothing that could start may be left, unless the budget was used up. */
  settled(budgetLeft: boolean, now: number): void;
  status(): 'in_progress' | 'wait_for_user_input' | 'paused';
  /** When something becomes due by itself, or null. */
  due(now: number): number | null;
}

/** Deadlines that lie close together share a timer, so each may come up to a second late. */
function isDue(at: number, now: number): boolean {
  return Math.ceil(at / 1_000) * 1_000 <= now;
}

export function createOracle(scenario: Scenario): Oracle {
  const { nodes } = scenario;
  const first = new Map<number, number>();
  const early = new Set<string>();
  const instances: Instance[] = [];
  const decisions = new Map<string, Decision>();
  let expanding = false;
  let anyError = false;
  let worked = 0;
  let since: number | null = null;
  let cancelAsked = false;

  const wrong = (what: string): never => {
    throw new Error(what);
  };
  const of = (node: number): Instance[] => instances.filter((instance) => instance.node === node);
  const known = (): boolean => nodes.every((_, node) => first.has(node));
  /** All instances of the node and of all nodes before it completed. */
  const satisfied = (node: number): boolean => first.has(node) && of(node).every(({ end }) => end === 'completed') && nodes[node]!.p.every(satisfied);
  const broken = (node: number): boolean => of(node).some(({ end }) => end !== null && end !== 'completed') || nodes[node]!.p.some(broken);
  const closed = (node: number): boolean => of(node).every(({ stage }) => stage === 'ended') && nodes[node]!.p.every(closed);
  const startable = ({ stage, node }: Instance): boolean => stage === 'idle' && nodes[node]!.p.every(satisfied);
  const running = (): number => instances.filter(({ stage }) => stage === 'running').length;
  const asks = (instance: Instance): boolean => nodes[instance.node]!.b === 1 && !instance.cleared;
  const allEnded = (): boolean => instances.every(({ stage }) => stage === 'ended');

  const end = (id: number, how: End): void => {
    const instance = instances[id]!;
    if (instance.end !== null) wrong(`${id} ended twice: ${instance.end}, then ${how}`);
    instance.end = how;
    instance.stage = 'ended';
  };
  const stop = (why: string): void => {
    if (oracle.stopping !== null || oracle.finish !== null) return;
    if (why !== 'failed' && known() && allEnded()) return;
    oracle.stopping = why;
    expanding = false;
    nodes.forEach((_, node) => first.has(node) || first.set(node, instances.length));
    decisions.clear();
    cancelAsked = running() === 0;
    for (const instance of instances) if (instance.stage !== 'ended' && instance.stage !== 'running') instance.stage = 'cancelling';
  };
  const decide = ({ instance, decision }: { instance: number; decision?: AskedDecision }, when: Decision['when']): void => {
    const { decision_uuid, expires_at } = decision!;
    decisions.set(decision_uuid, { instance, when, expires_at, told: early.delete(decision_uuid), settling: false });
  };
  const left = (id: number): Instance | null => {
    const instance = instances[id];
    return instance?.stage === 'running' ? instance : null;
  };

  const oracle: Oracle = {
    instances,
    decisions,
    usage: 0,
    paused: false,
    stopping: null,
    finish: null,
    hear(event, now) {
      if (since !== null) worked += now - since;
      if (since !== null) since = now;
      switch (event.type) {
        case 'expanded':
          if (oracle.stopping !== null) return;
          expanding = false;
          event.counts.forEach((count, node) => {
            if (first.has(node) || count < 0) return;
            first.set(node, instances.length);
            for (let index = 0; index < count; index += 1) instances.push({ node, stage: 'idle', cleared: false, end: null, launched_at: 0, left_ms: STEP_TIME_MS, retry_at: 0 });
          });
          return;
        case 'step_completed': {
          const instance = left(event.instance);
          if (instance === null) return;
          oracle.usage += event.usage?.input_tokens ?? 0;
          if (event.decision === undefined) {
            end(event.instance, 'completed');
            expanding = nodes[instance.node]!.l === 1 && !known();
          } else if (oracle.stopping === null) {
            instance.stage = 'deciding';
            decide(event, 'after');
          } else instance.stage = 'cancelling';
          return;
        }
        case 'step_failed': {
          const instance = left(event.instance);
          if (instance === null) return;
          oracle.usage += event.usage?.input_tokens ?? 0;
          const { again } = event;
          if (again?.tried === true) instance.left_ms -= Math.min(now - instance.launched_at, STRETCH_MS);
          if (again !== undefined && oracle.stopping === null && (!again.tried || instance.left_ms > PROVIDER_REST_MS)) {
            const wish = Math.min(again.after_ms ?? 0, instance.left_ms);
            instance.stage = 'resting';
            instance.retry_at = now + Math.max(wish, PROVIDER_REST_MS);
            if (again.tried) instance.left_ms -= instance.retry_at - now;
          } else {
            instance.stage = 'failing';
            anyError ||= oracle.stopping === null;
          }
          return;
        }
        case 'step_cancelled': {
          const instance = left(event.instance);
          if (instance === null) return;
          instance.stage = 'cancelling';
          anyError ||= oracle.stopping === null;
          return;
        }
        case 'decision_asked': {
          const instance = instances[event.instance];
          if (instance?.stage !== 'asking') return;
          instance.stage = 'deciding';
          decide(event, 'before');
          return;
        }
        case 'decision_settled': {
          const decision = decisions.get(event.decision_uuid);
          if (decision?.settling !== true) return;
          decision.settling = false;
          if (event.outcome.kind === 'still_pending') return;
          decisions.delete(event.decision_uuid);
          const instance = instances[decision.instance]!;
          if (event.outcome.kind === 'failed') {
            anyError = true;
            end(decision.instance, 'failed');
          } else if (decision.when === 'after') {
            end(decision.instance, 'completed');
            expanding = nodes[instance.node]!.l === 1 && !known();
          } else {
            instance.stage = 'idle';
            instance.cleared = true;
          }
          return;
        }
        case 'time_passed':
          if (scenario.timeout_ms !== null && since !== null && worked >= scenario.timeout_ms) stop('timeout');
          for (const instance of instances) if (instance.stage === 'resting' && isDue(instance.retry_at, now)) instance.stage = 'idle';
          for (const decision of decisions.values()) if (decision.expires_at !== null && !decision.settling && isDue(decision.expires_at, now)) decision.told = true;
          return;
        case 'paused':
        case 'resumed':
          oracle.paused = event.type === 'paused';
          return;
        case 'stopped':
          stop(event.why);
          return;
        case 'broke':
          anyError ||= oracle.stopping === null;
          stop('failed');
          return;
        case 'decision_changed': {
          const decision = decisions.get(event.decision_uuid);
          if (decision !== undefined) decision.told = true;
          else early.add(event.decision_uuid);
        }
      }
    },
    obey(commands, now) {
      for (const command of commands) {
        if (oracle.finish !== null) wrong(`${command.type} after finish`);
        const id = 'instance' in command ? command.instance : -1;
        const instance = instances[id];
        const fresh = command.type === 'launch' || command.type === 'ask';
        // A provider's rest ends with the time that passes; the scheduler shows it by launching again.
        if (fresh && instance?.stage === 'resting' && instance.retry_at <= now) instance.stage = 'idle';
        if (fresh && (instance === undefined || !startable(instance) || oracle.paused || oracle.stopping !== null)) wrong(`${command.type} ${id} may not start`);
        switch (command.type) {
          case 'launch':
            if (asks(instance!)) wrong(`${id} launched without asking`);
            instance!.stage = 'running';
            instance!.cleared = true;
            instance!.launched_at = now;
            if (running() > scenario.max_parallel) wrong('more than max_parallel in flight');
            break;
          case 'ask':
            if (!asks(instance!)) wrong(`${id} asked without need`);
            instance!.stage = 'asking';
            break;
          case 'settle': {
            const decision = decisions.get(command.decision_uuid);
            if (decision === undefined || decision.settling || decision.instance !== id) wrong(`settle of ${command.decision_uuid}`);
            if (!decision!.told && !(decision!.expires_at !== null && decision!.expires_at <= now)) wrong(`settle of ${command.decision_uuid}, of which nothing was heard`);
            decision!.settling = true;
            decision!.told = false;
            break;
          }
          case 'expand':
            if (!expanding) wrong('expand without a plan');
            break;
          case 'cancel_running':
            if (oracle.stopping === null || cancelAsked) wrong('cancel_running without need');
            cancelAsked = true;
            break;
          case 'record':
            if (command.state === 'in_progress') {
              if (instance?.stage !== 'resting') wrong(`${id} recorded as resting`);
            } else if (command.state === 'skipped') {
              if (instance?.stage !== 'idle' || oracle.stopping !== null || !nodes[instance.node]!.p.some(broken)) wrong(`${id} skipped without need`);
              end(id, 'skipped');
            } else {
              if (instance?.stage !== (command.state === 'failed' ? 'failing' : 'cancelling')) wrong(`${id} recorded as ${command.state}`);
              end(id, command.state);
            }
            break;
          case 'finish': {
            if (!allEnded()) wrong('finish while something lives');
            const status = oracle.stopping ?? (!known() || anyError || instances.some(({ end: how }) => how !== 'completed') ? 'failed' : 'completed');
            if (command.status !== status) wrong(`finished as ${command.status}, not ${status}`);
            if (status !== 'cancelled' && (command.error === null) !== (status === 'completed')) wrong(`finished as ${status} with error ${JSON.stringify(command.error)}`);
            oracle.finish = command;
          }
        }
      }
    },
    settled(budgetLeft, now) {
      for (const [id, instance] of instances.entries()) {
        if (['failing', 'cancelling'].includes(instance.stage)) wrong(`${id} was told no end`);
        if (instance.stage === 'idle' && nodes[instance.node]!.p.some(broken) && nodes[instance.node]!.p.every(closed)) wrong(`${id} was not skipped`);
      }
      if (oracle.stopping !== null && !cancelAsked) wrong('what runs was not told to stop');
      if (oracle.finish === null && allEnded() && !expanding && (known() || instances.length > 0)) wrong('nothing lives, and it did not finish');
      if (budgetLeft && [...decisions.values()].some(({ told, settling }) => told && !settling)) wrong('an answer was not looked at');
      if (budgetLeft && !oracle.paused && oracle.stopping === null) {
        const idle = instances.filter(startable);
        if (idle.some(asks)) wrong('a question waits to be asked');
        if (idle.some((instance) => !asks(instance)) && running() < scenario.max_parallel) wrong('a step waits although there is room');
      }
      const works = oracle.finish === null && oracle.status() === 'in_progress';
      since = works ? now : null;
    },
    status() {
      if (oracle.paused) return 'paused';
      const moves = expanding || instances.some((instance) => ['asking', 'running', 'resting'].includes(instance.stage) || startable(instance));
      return !moves && decisions.size > 0 && [...decisions.values()].every(({ settling, told }) => !settling && !told) ? 'wait_for_user_input' : 'in_progress';
    },
    due(now) {
      const times = instances.filter(({ stage }) => stage === 'resting').map(({ retry_at }) => retry_at);
      for (const { expires_at, settling, told } of decisions.values()) if (expires_at !== null && !settling && !told) times.push(expires_at);
      if (scenario.timeout_ms !== null && since !== null) times.push(now + scenario.timeout_ms - worked);
      return oracle.finish !== null || times.length === 0 ? null : Math.min(...times);
    },
  };
  return oracle;
}
