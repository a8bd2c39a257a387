import { CancellationScope, scheduleActivity } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

type Named = Exclude<keyof Activities, 'callModel'>;

/**
 * Runs an activity that only touches records: short, repeated until the database answers, and not cancelled with the
 * session, whose last words it may be.
 */
export function recordActivity<Name extends Named>(name: Name, input: Parameters<Activities[Name]>[0], summary?: string): Promise<Awaited<ReturnType<Activities[Name]>>> {
  return CancellationScope.nonCancellable(() =>
    scheduleActivity(name, [input], {
      startToCloseTimeout: '30s',
      retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
      ...(summary === undefined ? {} : { summary }),
    }),
  );
}
