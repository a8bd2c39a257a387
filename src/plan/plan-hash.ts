import { canonicalJson } from './canonical-json.ts';
import type { Plan } from './plan.ts';

/** A plan's identity. `sha256` takes text and gives lower-case hex: Node and the browser each have their own, a workflow has none. */
export function planHash(plan: Plan, sha256: (text: string) => string): string {
  return sha256(canonicalJson(plan));
}
