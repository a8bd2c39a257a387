import { DecisionModel } from './decision.ts';
import { OPEN_SESSION_STATUSES, SessionModel, type SessionStatus } from './session.ts';

const LONGEST_MS = 2_000;

export interface OpenCounts {
  sessions: Array<{ status: SessionStatus; count: number }>;
  pending_decisions: number;
}

/** Open sessions and pending decisions of all projects, counted on their indexes. Errors: rejects after two seconds. */
export async function countOpen(): Promise<OpenCounts> {
  const limited = { allProjects: true, maxTimeMS: LONGEST_MS } as const;
  const [pending_decisions, ...counts] = await Promise.all([
    DecisionModel.countDocuments({ status: 'pending' }).setOptions(limited),
    ...OPEN_SESSION_STATUSES.map((status) => SessionModel.countDocuments({ status }).setOptions(limited)),
  ]);
  return { pending_decisions, sessions: OPEN_SESSION_STATUSES.map((status, index) => ({ status, count: counts[index]! })) };
}
