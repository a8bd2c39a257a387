import { seededRandom } from './random.ts';

/** What one session does; both sides run the same one. */
export interface Shape {
  name: string;
  /** In an order in which every predecessor comes before those that wait for it. */
  nodes: ShapeNode[];
}

export interface ShapeNode {
  /** Indexes into `nodes`. */
  predecessors: number[];
  /** How long the model takes, in milliseconds. */
  delay_ms: number;
  /** Length of the model's answer, in bytes. */
  output_bytes: number;
}

const SHORTEST_MS = 50;
const LONGEST_MS = 2_000;

/** Each step waits for the one before it; the model takes no time, so what is left is the engine. */
export function chain(size: number, outputBytes = 1_000): Shape {
  return { name: `chain ${size}`, nodes: Array.from({ length: size }, (_, index) => ({ predecessors: index === 0 ? [] : [index - 1], delay_ms: 0, output_bytes: outputBytes })) };
}

/** No step waits for another. */
export function wide(size: number): Shape {
  const random = seededRandom(size);
  return { name: `wide ${size}`, nodes: Array.from({ length: size }, () => ({ predecessors: [], delay_ms: delay(random), output_bytes: 1_000 })) };
}

/** Each step waits for up to three of those before it. */
export function randomDag(size: number): Shape {
  const random = seededRandom(size + 1);
  const nodes = Array.from({ length: size }, (_, index) => {
    const wanted = Math.min(index, Math.floor(random() * 4));
    const predecessors = new Set<number>();
    while (predecessors.size < wanted) predecessors.add(Math.floor(random() * index));
    return { predecessors: [...predecessors].sort((a, b) => a - b), delay_ms: delay(random), output_bytes: 1_000 };
  });
  return { name: `dag ${size}`, nodes };
}

/** Five agents: one, three beside each other, one. */
export function small(): Shape {
  const node = (predecessors: number[]): ShapeNode => ({ predecessors, delay_ms: 0, output_bytes: 1_000 });
  return { name: '5 agents', nodes: [node([]), node([0]), node([0]), node([0]), node([1, 2, 3])] };
}

function delay(random: () => number): number {
  return Math.round(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
}
