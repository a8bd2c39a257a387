import { suggestedName } from './nearest-name.ts';
import { quote, type Problem } from './problem.ts';
import type { Members } from './resolve-agents.ts';

/** Reads one agent's `predecessors` as indexes of members, in the author's order. Adds what is wrong to `problems`. */
export function readPredecessors(written: { value: unknown; path: string } | undefined, self: number, into: { members: Members; problems: Problem[] }): number[] {
  if (written === undefined || written.value === null) return [];
  const { members, problems } = into;
  if (!Array.isArray(written.value)) {
    problems.push({ path: written.path, code: 'plan.wrong_type', message: `${quote(written.value)} is not a list; give the uuids or names of agents, or [].` });
    return [];
  }
  const found = new Set<number>();
  written.value.forEach((reference: unknown, position) => {
    const path = `${written.path}.${position}`;
    const index = typeof reference === 'string' ? members.find(reference) : undefined;
    if (index === undefined) {
      const nearest = suggestedName(reference, members.labels(), problems);
      problems.push({ path, code: 'plan.unknown_predecessor', message: `${quote(reference)} is not in agents; ${nearest === undefined ? 'add it there or remove it from the predecessors.' : `did you mean ${quote(nearest)}?`}` });
    } else if (index === self) {
      problems.push({ path, code: 'plan.own_predecessor', message: `${quote(reference)} cannot wait for itself; remove it from its own predecessors.` });
    } else if (found.has(index)) {
      problems.push({ path, code: 'plan.predecessor_twice', message: `${quote(reference)} is already a predecessor; list it once.` });
    } else {
      found.add(index);
    }
  });
  return [...found];
}
