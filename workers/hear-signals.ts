/** npm repeats to its script what the terminal has already sent to both, so signals this close are one. */
const SAME_MS = 1_000;
const HEARD = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Signals {
  /** Resolves when somebody asks the process to stop. */
  first: Promise<NodeJS.Signals>;
  /** Resolves when they ask again. */
  second: Promise<NodeJS.Signals>;
}

/** Takes over Ctrl-C, SIGTERM and a closed terminal; whoever asks a third time ends the process at once. Call it once. */
export function hearSignals(): Signals {
  const tell: Array<(signal: NodeJS.Signals) => void> = [];
  const [first, second] = [0, 1].map((index) => new Promise<NodeJS.Signals>((resolve) => (tell[index] = resolve)));
  let count = 0;
  let last = -Infinity;
  for (const name of HEARD) {
    process.on(name, () => {
      if (performance.now() - last < SAME_MS) return;
      last = performance.now();
      count += 1;
      const hear = tell[count - 1];
      if (hear === undefined) process.exit(130);
      hear(name);
    });
  }
  return { first: first!, second: second! };
}
