import { isPlanner } from './is-planner.ts';
import type { Plan, PlanNode } from './plan.ts';

/**
 * The part of a Plan that decides what runs next: no prompts, no schemas, no names but the ones people see. This is all
 * that a workflow holds. Keys are short because 10,000 nodes travel through histories in pages.
 */
export interface CompactNode {
  /** Name, for the Temporal UI. */
  n: string;
  /** Predecessors, as indexes of nodes. */
  p: number[];
  /** 1: plans the session's subtask queries. */
  l?: 1;
  /** 1: asks a person before it runs. */
  b?: 1;
  /** 1: runs on the task queue of the local model. */
  q?: 1;
}

/** Longest activity result of a plan page, in bytes of JSON: a workflow task must stay far under gRPC's 4 MB. */
export const PLAN_PAGE_BYTES = 512 * 1024;

export function compactPlan(plan: Plan, isLocal: (node: PlanNode, index: number) => boolean): CompactNode[] {
  return plan.nodes.map((node, index) => ({
    n: node.name,
    p: node.predecessors,
    ...(isPlanner(node) ? { l: 1 as const } : {}),
    ...(node.user_in_the_loop?.when === 'before' ? { b: 1 as const } : {}),
    ...(isLocal(node, index) ? { q: 1 as const } : {}),
  }));
}

/** Cuts compact nodes into pages of at most `PLAN_PAGE_BYTES` bytes of JSON, in order. */
export function planPages(nodes: CompactNode[], byteLength: (text: string) => number): CompactNode[][] {
  const pages: CompactNode[][] = [];
  let page: CompactNode[] = [];
  let size = 2;
  for (const node of nodes) {
    const bytes = byteLength(JSON.stringify(node)) + 1;
    if (page.length > 0 && size + bytes > PLAN_PAGE_BYTES) {
      pages.push(page);
      page = [];
      size = 2;
    }
    page.push(node);
    size += bytes;
  }
  pages.push(page);
  return pages;
}
