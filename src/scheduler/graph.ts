import type { CompactNode } from '../plan/compact-plan.ts';

/** The Plan as the scheduler walks it: both directions of its dependencies. Derived, never carried. */
export interface Graph {
  nodes: CompactNode[];
  successors: number[][];
}

export function graphOf(nodes: CompactNode[]): Graph {
  const successors: number[][] = nodes.map(() => []);
  nodes.forEach((node, id) => {
    for (const predecessor of node.p) successors[predecessor]!.push(id);
  });
  return { nodes, successors };
}
