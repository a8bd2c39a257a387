import { isPlanner } from './is-planner.ts';
import type { Plan, PlanNode } from './plan.ts';

const LONGEST_LABEL = 120;

/** A Mermaid flowchart of the plan. A thick arrow is a primary path; a hexagon plans; the label says when a person is asked. */
export function mermaid(plan: Plan): string {
  const lines = ['flowchart TD'];
  plan.nodes.forEach((node, index) => {
    const text = `"${label(node)}"`;
    lines.push(`  n${index}${isPlanner(node) ? `{{${text}}}` : `[${text}]`}`);
  });
  plan.nodes.forEach((node, index) => {
    node.predecessors.forEach((predecessor, position) => {
      lines.push(`  n${predecessor} ${node.primary_path && position === 0 ? '==>' : '-->'} n${index}`);
    });
  });
  return `${lines.join('\n')}\n`;
}

function label(node: PlanNode): string {
  const name = escapeLabel(node.name);
  return node.user_in_the_loop ? `${name}<br/>asks a person ${node.user_in_the_loop.when}` : name;
}

/** Everything but letters, digits, blanks, `_` and `-` becomes an entity of Mermaid's, so that no name can end its label or carry markup. */
function escapeLabel(text: string): string {
  const characters = [...text];
  const shown = characters.length > LONGEST_LABEL ? [...characters.slice(0, LONGEST_LABEL), '…'] : characters;
  return shown.map((character) => (/[\p{L}\p{N} _-]/u.test(character) ? character : `#${character.codePointAt(0)};`)).join('');
}
