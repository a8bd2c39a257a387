import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { DecisionModel, type DecisionRow } from '../records/decision.ts';
import { signalSession } from './ask-temporal.ts';
import { toEngineError } from './to-engine-error.ts';

const SHORTEST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
const BATCH = 500;

type Untold = Pick<DecisionRow, '_id' | 'partition_key' | 'session_uuid' | 'workflow_id' | 'answered_at'>;

/**
 * Tells sessions again of answers that they have not taken. Each telling stands in the workflow's history, which is
 * bounded, so the pauses between them double. Those that wait longest come first.
 */
export async function tellAnswers({ temporal, log, now }: { temporal: Client; log: Logger; now: number }): Promise<void> {
  const untold = await DecisionModel.find({ status: { $in: ['answered', 'expired'] }, applied_at: null, tell_at: { $lte: new Date(now) } })
    .setOptions({ allProjects: true })
    .select({ partition_key: 1, session_uuid: 1, workflow_id: 1, answered_at: 1 })
    .sort({ tell_at: 1 })
    .limit(BATCH)
    .lean<Untold[]>();
  for (const decision of untold) {
    const own = { _id: decision._id, partition_key: decision.partition_key, applied_at: null };
    try {
      const isHeard = await signalSession(temporal, decision.workflow_id, { name: 'decision_changed', args: [{ decision_uuid: decision._id }] });
      // Where its session has ended, nobody is left to be told.
      if (!isHeard) await DecisionModel.updateOne(own, { $set: { applied_at: new Date(now) } });
    } catch (error) {
      // One session that cannot be told must not keep the others waiting; a server that is away keeps them all.
      if (toEngineError(error).code !== 'internal') throw error;
      log.error({ err: error, decision_uuid: decision._id, session_uuid: decision.session_uuid }, 'a session could not be told of an answer');
    }
    await DecisionModel.updateOne(own, { $set: { tell_at: new Date(now + pauseAfter(decision, now)) } });
  }
}

/** As long as it has been untold so far: each pause is twice the one before. Milliseconds. */
function pauseAfter({ answered_at }: Untold, now: number): number {
  const untold_ms = now - (answered_at?.getTime() ?? now);
  return Math.min(Math.max(untold_ms, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}
