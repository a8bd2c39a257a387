import { compactPlan, planPages } from '../src/plan/compact-plan.ts';
import type { Plan } from '../src/plan/plan.ts';
import { expand, type Instance } from '../src/plan/subtask-queries.ts';
import { appendEvents } from '../src/records/append-events.ts';
import { loadPlan } from '../src/records/plan.ts';
import { OPEN_SESSION_STATUSES, SessionModel, findSession, type SessionRow } from '../src/records/session.ts';
import { claimRun } from './claim-run.ts';
import { createSessionAgents } from './begin-session/create-session-agents.ts';
import { keptPins } from './begin-session/kept-pins.ts';
import { pinSession } from './begin-session/pin-agents.ts';
import type { SessionPins } from './begin-session/session-pins.ts';
import { finalFailure, toFailure } from './failure.ts';
import type { SessionBeginning } from './session-beginning.ts';
import type { Services, SessionRef } from './services.ts';

/** Pins the session's agents, makes its SessionAgents and says what the workflow has to know. Safe to repeat. */
export function beginSession(services: Services): (ref: SessionRef) => Promise<SessionBeginning> {
  return async (ref) => {
    try {
      const { run_id } = await claimRun(ref);
      const session = await findSession(ref.partition_key, ref.session_uuid);
      if (session === null) throw finalFailure('session.internal', 'The record of the session is gone.');
      const plan = await loadPlan(ref.partition_key, session.plan_hash);
      const expansion = expand(plan, JSON.parse(session.subtask_queries_json), session.task_query);
      if (expansion.problems !== undefined) {
        throw finalFailure('definition.invalid', expansion.problems.map((problem) => `${problem.path}: ${problem.message}`).join(' '));
      }
      const { instances, needs_planning } = expansion;
      const pins = await pinsOf(services, { session, plan, instances, needs_planning, again: run_id !== null });
      await createSessionAgents(session, { plan, pins, instances });
      await markStarted(session);
      services.log.info({ session_uuid: session.session_uuid, trace_id: session.trace_id, coordination_uuid: session.coordination_uuid, coordination: session.coordination_name }, 'session started');
      const counts = new Array<number>(plan.nodes.length).fill(needs_planning ? -1 : 0);
      for (const { node } of instances) counts[node] = Math.max(0, counts[node]!) + 1;
      const pages = planPages(compactPlan(plan, (_, index) => pins.local.has(index)), Buffer.byteLength);
      return {
        coordination_name: session.coordination_name,
        max_parallel: session.mode === 'sequential' ? 1 : session.max_parallel,
        timeout_ms: session.timeout_ms,
        counts,
        pages: pages.length,
        page: pages[0]!,
      };
    } catch (error) {
      throw toFailure(error);
    }
  };
}

interface ToPin {
  session: SessionRow;
  plan: Plan;
  instances: Instance[];
  needs_planning: boolean;
  /** The session began before: this is a repeated attempt, or came of a reset. */
  again: boolean;
}

async function pinsOf(services: Services, { session, plan, instances, needs_planning, again }: ToPin): Promise<SessionPins> {
  const kept = again ? await keptPins(session) : null;
  const needed = needs_planning ? [...plan.nodes.keys()] : instances.map(({ node }) => node);
  if (kept !== null && needed.every((node) => kept.hashes[node] !== undefined)) return kept;
  return pinSession(services, { session, plan, planned_later: needs_planning });
}

async function markStarted(session: SessionRow): Promise<void> {
  const now = new Date();
  await SessionModel.updateOne(
    { _id: session._id, partition_key: session.partition_key, status: { $in: OPEN_SESSION_STATUSES } },
    { $set: { status: 'in_progress', started_at: session.started_at ?? now, updated_at: now } },
  );
  await appendEvents(session, [
    {
      event_type: 'session.started',
      event_key: 'session.started',
      source_component: 'worker',
      data: { coordination_uuid: session.coordination_uuid, version: session.version, plan_hash: session.plan_hash, workflow_id: session.workflow_id },
      message: `The session of ${session.coordination_name} started.`,
    },
  ]);
}
