import type { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { CoordinationDefinition } from '../plan/definition.ts';
import { findCoordination } from '../records/coordination.ts';
import type { Coordination } from '../records/coordination.ts';
import { compileDefinition } from './compile-definition.ts';
import { notFound } from './not-found.ts';
import type { CoordinationSummary, CoordinationView } from './schemas/coordination.ts';

type View = z.input<typeof CoordinationView>;

export function summarise(coordination: Coordination): z.input<typeof CoordinationSummary> {
  const { partition_key, agents, agent_actions, config, draft, published_version, created_at, updated_at, ...fields } = coordination;
  return {
    ...fields,
    metadata: fields.metadata as View['metadata'],
    version: published_version,
    has_draft: draft !== null,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

/** A coordination as a caller sees it: its published content, or the draft while nothing is published. */
export async function viewCoordination(coordination: Coordination): Promise<View> {
  const { draft, published_version } = coordination;
  const shown = published_version === null && draft !== null ? draft : coordination;
  return {
    ...summarise(coordination),
    coordination_description: shown.coordination_description,
    agents: shown.agents as View['agents'],
    agent_count: shown.agents.length,
    agent_actions: shown.agent_actions as View['agent_actions'],
    config: shown.config as View['config'],
    draft: draft as View['draft'],
    problems: await problemsOfDraft(coordination),
  };
}

export async function problemsOfDraft({ partition_key, draft }: Coordination): Promise<Problem[]> {
  if (draft === null) return [];
  const { problems = [] } = await compileDefinition(partition_key, draft as unknown as CoordinationDefinition);
  return problems;
}

/** Errors: `resource.not_found`. */
export async function existingCoordination(partition_key: string, coordination_uuid: string): Promise<Coordination> {
  const coordination = await findCoordination(partition_key, coordination_uuid);
  if (!coordination) throw noSuchCoordination(coordination_uuid);
  return coordination;
}

export function noSuchCoordination(coordination_uuid: string): EngineError {
  return notFound('coordination', 'coordination_uuid', 'GET /v1/coordinations', { given: coordination_uuid, by_name: 'GET /v1/coordinations/by-name/{coordination_name}' });
}

export function refuseArchived(coordination: Coordination): void {
  if (coordination.state === 'archived') {
    throw new EngineError('coordination.archived', 'The coordination is archived and stays as it is; make a new one.');
  }
}
