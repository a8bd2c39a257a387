/**
 * One cycle of each strongly connected component of two or more nodes, in the order the nodes would run: each is a
 * predecessor of the next, the last of the first. `predecessors[n]` holds indexes of nodes. Linear in nodes and edges.
 */
export function findCycles(predecessors: readonly (readonly number[])[]): number[][] {
  return components(predecessors).map((component) => cycleIn(component, predecessors));
}

/** Every node of a component has a predecessor inside it, so walking back must meet a node again. */
function cycleIn(component: number[], predecessors: readonly (readonly number[])[]): number[] {
  const inside = new Set(component);
  const walked: number[] = [];
  const position = new Map<number, number>();
  let node = component[0]!;
  while (!position.has(node)) {
    position.set(node, walked.length);
    walked.push(node);
    const current = node;
    node = predecessors[current]!.find((predecessor) => predecessor !== current && inside.has(predecessor))!;
  }
  return walked.slice(position.get(node)!).reverse();
}

/** Tarjan's algorithm with its own stack: a chain of 10,000 agents must not overflow the call stack. */
function components(predecessors: readonly (readonly number[])[]): number[][] {
  const count = predecessors.length;
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const next = new Int32Array(count);
  const stack: number[] = [];
  const found: number[][] = [];
  let visited = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    const path = [root];
    while (path.length > 0) {
      const node = path[path.length - 1]!;
      if (order[node] === -1) {
        order[node] = low[node] = visited++;
        stack.push(node);
        onStack[node] = 1;
      }
      const predecessor = predecessors[node]![next[node]!];
      if (predecessor !== undefined) {
        next[node]!++;
        if (order[predecessor] === -1) path.push(predecessor);
        else if (onStack[predecessor]) low[node] = Math.min(low[node]!, order[predecessor]!);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order[node]) continue;
      const component = stack.splice(stack.lastIndexOf(node));
      for (const member of component) onStack[member] = 0;
      if (component.length > 1) found.push(component);
    }
  }
  return found;
}
