import { compactPlan, planPages, type CompactNode } from '../src/plan/compact-plan.ts';
import { localSnapshots } from '../src/records/agent-snapshot.ts';
import { loadPlan } from '../src/records/plan.ts';
import { SessionAgentModel, type SessionAgentRow } from '../src/records/session-agent.ts';
import { claimRun } from './claim-run.ts';
import { toFailure } from './failure.ts';
import { loadHeader } from './load-header.ts';
import type { SessionRef } from './services.ts';

export interface PlanPage {
  page: CompactNode[];
  pages: number;
}

/** One page of the compact plan. The first page of a continued run also makes that run the one that may write. */
export function loadPlanPage(): (ref: SessionRef & { page: number }) => Promise<PlanPage> {
  return async (ref) => {
    try {
      if (ref.page === 0) await claimRun(ref);
      const header = await loadHeader(ref);
      const plan = await loadPlan(ref.partition_key, header.plan_hash);
      const local = await localNodes(ref);
      const pages = planPages(compactPlan(plan, (_, index) => local.has(index)), Buffer.byteLength);
      return { page: pages[ref.page]!, pages: pages.length };
    } catch (error) {
      throw toFailure(error);
    }
  };
}

/** The nodes whose pinned agent runs on the local model; a session pinned them when it began. */
async function localNodes({ partition_key, session_uuid }: SessionRef): Promise<Set<number>> {
  const rows = await SessionAgentModel.find({ partition_key, session_uuid, subtask_index: 0 })
    .select({ node: 1, snapshot_hash: 1 })
    .lean<Array<Pick<SessionAgentRow, 'node' | 'snapshot_hash'>>>();
  const local = await localSnapshots(partition_key, rows.map(({ snapshot_hash }) => snapshot_hash));
  return new Set(rows.filter(({ snapshot_hash }) => local.has(snapshot_hash)).map(({ node }) => node));
}
