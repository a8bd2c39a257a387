import { hearSignals, type Signals } from './hear-signals.ts';

/** What a process is told of being asked to stop; `up` says that from now on it stops in order. */
export interface ProcessLife extends Signals {
  up(): void;
}

/**
 * Runs the whole of a process and ends it: with 0 when `main` is done, with 1 and one line when it fails, with 130 where
 * it is asked to stop before it is up, when nothing is in flight yet, or a second time.
 */
export function runProcess(main: (life: ProcessLife) => Promise<void>): void {
  const signals = hearSignals();
  let isUp = false;
  void signals.first.then(() => isUp || process.exit(130));
  void signals.second.then(() => process.exit(130));
  const up = (): void => {
    isUp = true;
  };
  main({ ...signals, up }).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
