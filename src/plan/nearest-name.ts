const LONGEST_COMPARED = 64;
const MOST_COMPARED = 1_000;
/** One error for so many characters; more, and the two names have little in common. */
const CHARACTERS_AN_ERROR = 3;
/** A shorter word stands in too many names. */
const SHORTEST_WORD = 4;
const MOST_SUGGESTIONS = 10;

/** The candidate that a person most likely meant by `name`, or undefined where none is close. Bounded work, whatever the sizes. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST_COMPARED) return undefined;
  const wanted = plain(name);
  let best: string | undefined;
  let bestDistance = Infinity;
  const holding: string[] = [];
  let compared = 0;
  for (const candidate of candidates) {
    if (compared++ >= MOST_COMPARED) break;
    if (candidate.length > LONGEST_COMPARED) continue;
    const offered = plain(candidate);
    if (wanted.length >= SHORTEST_WORD && candidate.toLowerCase().split(/[\s_-]+/).includes(name.toLowerCase())) holding.push(candidate);
    const most = Math.min(bestDistance - 1, Math.floor(Math.max(wanted.length, offered.length) / CHARACTERS_AN_ERROR));
    if (Math.abs(offered.length - wanted.length) > most) continue;
    const distance = editDistance(wanted, offered);
    if (distance > most) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best ?? (holding.length === 1 ? holding[0] : undefined);
}

/** The same while few `problems` are told: after these a suggestion helps nobody, and each costs time. */
export function suggestedName(name: unknown, candidates: Iterable<string>, problems: readonly unknown[]): string | undefined {
  return typeof name === 'string' && problems.length < MOST_SUGGESTIONS ? nearestName(name, candidates) : undefined;
}

/** `taskQuery` and `task-query` are `task_query`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}

/** Characters put in, left out, replaced or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1, isSwapped ? before[j - 2]! + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
