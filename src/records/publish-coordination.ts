import type { ClientSession } from 'mongoose';
import type { Plan } from '../plan/plan.ts';
import { markAgentsReferenced } from './agent.ts';
import { insertVersion } from './coordination-version.ts';
import { insertDraftCoordination, pointAtVersion } from './coordination.ts';
import type { Coordination, CoordinationContent, NewCoordination } from './coordination.ts';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { storePlan } from './plan.ts';
import { inTransaction } from './transaction.ts';

export interface Publication {
  content: CoordinationContent;
  content_hash: string;
  plan: Plan;
  plan_hash: string;
  /** The agents that the plan names. */
  agent_uuids: string[];
  author: string;
  note: string | null;
}

export type PublicationResult =
  | { kind: 'published'; coordination: Coordination }
  | { kind: 'name_taken' }
  /** Another publication came first, or the coordination is gone. */
  | { kind: 'outdated' }
  /** An agent was deleted since the definition was compiled. */
  | { kind: 'agent_gone' };

class Refused extends Error {
  readonly result: PublicationResult;

  constructor(result: PublicationResult) {
    super(result.kind);
    this.result = result;
  }
}

/** Makes a coordination with its first version and its plan; all or nothing. */
export async function createPublished(given: Omit<NewCoordination, 'content'>, publication: Publication): Promise<PublicationResult> {
  return allOrNothing(async (session) => {
    const made = await insertDraftCoordination({ ...given, content: publication.content }, session);
    if (!made) throw new Refused({ kind: 'name_taken' });
    return publishIn(session, { ...given, previous: null, from_draft: true }, publication);
  });
}

export interface PublicationTarget {
  partition_key: string;
  coordination_uuid: string;
  previous: number | null;
  /** Whether the draft is what is published, so that it is gone then. */
  from_draft: boolean;
}

/** Adds the next version to a coordination that has `previous`; its plan, the version and the pointer to it, or nothing. */
export async function publishNext(target: PublicationTarget, publication: Publication): Promise<PublicationResult> {
  return allOrNothing((session) => publishIn(session, target, publication));
}

async function publishIn(session: ClientSession, target: PublicationTarget, publication: Publication): Promise<PublicationResult> {
  const { partition_key, coordination_uuid, previous, from_draft } = target;
  const { agent_uuids, plan, ...published } = publication;
  const version = (previous ?? 0) + 1;
  if (await markAgentsReferenced(partition_key, agent_uuids, session) !== agent_uuids.length) throw new Refused({ kind: 'agent_gone' });
  await storePlan(partition_key, plan, session);
  const { content: definition, ...facts } = published;
  await insertVersion({ partition_key, coordination_uuid, version, definition, ...facts }, session);
  const coordination = await pointAtVersion(
    { partition_key, coordination_uuid },
    { version, previous, from_draft, agent_uuids, content: definition, content_hash: facts.content_hash, plan_hash: facts.plan_hash },
    session,
  );
  if (!coordination) throw new Refused({ kind: 'outdated' });
  return { kind: 'published', coordination };
}

async function allOrNothing(work: (session: ClientSession) => Promise<PublicationResult>): Promise<PublicationResult> {
  try {
    return await inTransaction(work);
  } catch (error) {
    if (error instanceof Refused) return error.result;
    if (isDuplicateKey(error, 'version')) return { kind: 'outdated' };
    throw error;
  }
}
