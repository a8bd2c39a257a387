import { findSession } from '../records/session.ts';
import type { SessionRow } from '../records/session.ts';
import { pendingDecisions } from '../records/session-pages.ts';
import type { z } from 'zod';
import type { OperationContext } from './context.ts';
import { notFound } from './not-found.ts';
import type { SessionView } from './schemas/session.ts';
import { viewSession } from './views.ts';
import { hasEnded } from './wait-for-session.ts';

/** Errors: `resource.not_found`. */
export async function existingSession(context: OperationContext, session_uuid: string): Promise<SessionRow> {
  const row = await findSession(context.project.partition_key, session_uuid);
  if (row === null) throw notFound('session', 'session_uuid', 'GET /v1/sessions');
  return row;
}

export async function answerSession(context: OperationContext, row: SessionRow): Promise<z.input<typeof SessionView>> {
  const pending = hasEnded(row.status) ? [] : await pendingDecisions(row);
  return viewSession(row, { config: context.config, pending });
}
