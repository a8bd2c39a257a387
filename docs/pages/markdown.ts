/** A Markdown table; cells are one line each. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

/** A page from its title and its paragraphs, with the note that nobody edits it. */
export function page(title: string, parts: string[]): string {
  return [`# ${title}`, '<!-- Made from the code by npm run docs; edit the code, not this page. -->', ...parts].join('\n\n').concat('\n');
}
