import type { Comparison } from './compare-shape.ts';
import type { Throughput } from './compare-throughput.ts';

const HEAD = ['shape', 'runs', 'by hand ms', 'engine ms', 'ratio', 'ms/step', 'events/step', 'bytes/step', 'activities'];

/** The comparisons as a table for the terminal; where a cell holds two figures, they are by hand / engine. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ shape, repeats, by_hand, engine, makespan_ratio }) => [
    shape, String(repeats), figure(by_hand.makespan_ms), figure(engine?.makespan_ms), figure(makespan_ratio, 2),
    pair(by_hand.ms_per_step, engine?.ms_per_step, 1), pair(by_hand.events_per_step, engine?.events_per_step, 1),
    pair(by_hand.bytes_per_step, engine?.bytes_per_step), pair(by_hand.activities, engine?.activities),
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ');
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export function throughputLine(result: Throughput): string {
  return `${result.sessions} sessions of 5 agents, ${result.at_a_time} at a time: by hand ${figure(result.by_hand_per_s, 1)}/s, engine ${figure(result.engine_per_s, 1)}/s, ratio ${figure(result.ratio, 2)}`;
}

function pair(byHand: number, engine: number | undefined, digits = 0): string {
  return `${figure(byHand, digits)} / ${figure(engine, digits)}`;
}

function figure(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? '-' : value.toFixed(digits);
}
