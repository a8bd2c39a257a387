import { compactPlan, planPages, type CompactNode } from '../src/plan/compact-plan.ts';
import { loadPlan } from '../src/records/plan.ts';
import { keptPins } from './begin-session/kept-pins.ts';
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
      const { local } = await keptPins(ref);
      const pages = planPages(compactPlan(plan, (_, index) => local.has(index)), Buffer.byteLength);
      return { page: pages[ref.page]!, pages: pages.length };
    } catch (error) {
      throw toFailure(error);
    }
  };
}
