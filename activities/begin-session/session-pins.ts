import { Context } from '@temporalio/activity';
import { isLocalModelServed } from '../../src/records/local-model-served.ts';

export interface SessionPins {
  /** The pinned agent of each node, by its content; none where the session has no use for the node. */
  hashes: Array<string | undefined>;
  /** Nodes that run on the task queue of the local model. */
  local: Set<number>;
}

/**
 * The nodes on the local model, where a worker has one. Where none has, they run like the others and say so at once:
 * nobody would ever take them from the queue of the local model.
 */
export async function servedNodes(nodes: number[]): Promise<Set<number>> {
  if (nodes.length === 0 || !(await isLocalModelServed(Context.current().info.taskQueue))) return new Set();
  return new Set(nodes);
}
