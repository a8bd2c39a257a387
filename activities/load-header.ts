import { Context } from '@temporalio/activity';
import { loadSessionHeader, type SessionHeader } from '../src/records/session-header.ts';
import type { SessionRef } from './services.ts';

/** What never changes of the session that this activity's workflow run works for. */
export function loadHeader(ref: SessionRef): Promise<SessionHeader> {
  return loadSessionHeader(ref, Context.current().info.workflowExecution!.runId);
}
