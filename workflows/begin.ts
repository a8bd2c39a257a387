import type { CompactNode } from '../src/plan/compact-plan.ts';
import { createState } from '../src/scheduler/create-state.ts';
import type { SchedulerEvent } from '../src/scheduler/events.ts';
import { graphOf, type Graph } from '../src/scheduler/graph.ts';
import type { SessionState } from '../src/scheduler/state.ts';
import { recordActivity } from './record-activities.ts';
import type { SessionInput } from './session-input.ts';

export interface Begun {
  graph: Graph;
  state: SessionState;
  coordination_name: string;
  events: SchedulerEvent[];
}

/** A session's first run begins it; a continued run takes over the state and loads the plan again, page by page. */
export async function begin({ partition_key, session_uuid, carried }: SessionInput, state?: SessionState): Promise<Begun> {
  const ref = { partition_key, session_uuid };
  if (carried !== undefined && state !== undefined) {
    const first = await recordActivity('loadPlanPage', { ...ref, page: 0 });
    const nodes = await withFurtherPages(ref, first);
    return { graph: graphOf(nodes), state, coordination_name: carried.coordination_name, events: [] };
  }
  const beginning = await recordActivity('beginSession', ref);
  const nodes = await withFurtherPages(ref, beginning);
  const fresh = createState(nodes, { max_parallel: beginning.max_parallel, timeout_ms: beginning.timeout_ms });
  return { graph: graphOf(nodes), state: fresh, coordination_name: beginning.coordination_name, events: [{ type: 'expanded', counts: beginning.counts }] };
}

async function withFurtherPages(ref: { partition_key: string; session_uuid: string }, first: { page: CompactNode[]; pages: number }): Promise<CompactNode[]> {
  const nodes = [...first.page];
  for (let page = 1; page < first.pages; page += 1) nodes.push(...(await recordActivity('loadPlanPage', { ...ref, page })).page);
  return nodes;
}
