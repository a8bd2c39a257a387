import { eventually } from './eventually.ts';
import type { StartedSession } from './run-session.ts';

/** Waits until the session's workflow has nothing in flight and has taken in everything that came. */
export async function atRest({ handle }: Pick<StartedSession, 'handle'>): Promise<void> {
  await eventually(
    async () => (await handle.describe()).raw,
    ({ pendingActivities, pendingWorkflowTask }) => (pendingActivities ?? []).length === 0 && pendingWorkflowTask == null,
  );
}
