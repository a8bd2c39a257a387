import { EngineError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { AgentActions, CoordinationDefinition } from '../plan/definition.ts';
import type { Plan } from '../plan/plan.ts';
import { findCoordinationHead, newestCoordinationNames } from '../records/coordination-head.ts';
import type { CoordinationHead } from '../records/coordination-head.ts';
import { nearestName } from '../plan/nearest-name.ts';
import { findVersion } from '../records/coordination-version.ts';
import { hashOfPlan, loadPlan } from '../records/plan.ts';
import { compileOrRefuse } from './compile-definition.ts';
import { notFound } from './not-found.ts';

/** What a session runs. */
export interface SessionTarget {
  coordination_uuid: string;
  coordination_name: string;
  version: number;
  plan: Plan;
  plan_hash: string;
  /** Whether the plan is in the records already: one that was compiled for this start is stored with its session. */
  is_stored: boolean;
  /** The coordination's defaults for its sessions. */
  config: Record<string, unknown>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A coordination by uuid, name or `name@version`. Errors: `resource.not_found`, `coordination.archived`,
 * `coordination.not_published`, `coordination.inactive`; `definition.invalid` for the `agent_actions` laid over it.
 */
export async function targetOf(partition_key: string, which: { coordination: string; version?: number | undefined; agent_actions?: AgentActions | undefined }): Promise<SessionTarget> {
  const { head, version } = await resolve(partition_key, which);
  if (head.state === 'archived') throw new EngineError('coordination.archived', `The coordination ${head.coordination_name} is archived; start another one.`);
  if (head.published_version === null || head.plan_hash === null) throw new EngineError('coordination.not_published', `The coordination ${head.coordination_name} is a draft; publish it first.`);
  if (!head.active) throw new EngineError('coordination.inactive', `The coordination ${head.coordination_name} is not active; set active to true first.`);
  const { coordination_uuid, coordination_name } = head;
  const wanted = version ?? head.published_version;
  if (wanted === head.published_version && which.agent_actions === undefined) {
    return { coordination_uuid, coordination_name, version: wanted, plan_hash: head.plan_hash, is_stored: true, plan: await loadPlan(partition_key, head.plan_hash), config: head.config };
  }
  const stored = await findVersion(partition_key, coordination_uuid, wanted);
  if (!stored) throw notFound('version of the coordination', 'version', 'GET /v1/coordinations/{coordination_uuid}/versions');
  const { config } = stored.definition;
  if (which.agent_actions === undefined) {
    return { coordination_uuid, coordination_name, version: wanted, plan_hash: stored.plan_hash, is_stored: true, plan: await loadPlan(partition_key, stored.plan_hash), config };
  }
  const overlay = { path: 'agent_actions', agent_actions: which.agent_actions };
  const plan = await compileOrRefuse(partition_key, stored.definition as unknown as CoordinationDefinition, { overlays: [overlay] });
  return { coordination_uuid, coordination_name, version: wanted, plan, plan_hash: hashOfPlan(plan), is_stored: false, config };
}

async function resolve(partition_key: string, { coordination, version }: { coordination: string; version?: number | undefined }): Promise<{ head: CoordinationHead; version: number | undefined }> {
  const head = (UUID.test(coordination) ? await findCoordinationHead(partition_key, { coordination_uuid: coordination.toLowerCase() }) : undefined)
    ?? await findCoordinationHead(partition_key, { coordination_name: coordination });
  if (head) return { head, version };
  const at = /^(.+)@(\d{1,9})$/.exec(coordination);
  const named = at ? await findCoordinationHead(partition_key, { coordination_name: at[1]! }) : undefined;
  if (!at || !named) throw await unknownCoordination(partition_key, at?.[1] ?? coordination);
  if (version !== undefined && version !== Number(at[2])) throw twoVersions();
  return { head: named, version: Number(at[2]) };
}

async function unknownCoordination(partition_key: string, name: string): Promise<EngineError> {
  const near = nearestName(name, await newestCoordinationNames(partition_key));
  return notFound('coordination', 'coordination', 'GET /v1/coordinations', { near });
}

function twoVersions(): EngineError {
  const errors: Problem[] = [{ path: 'version', message: 'Differs from the version after the @; give one of the two.' }];
  return new EngineError('request.invalid', 'Two versions are named.', { errors });
}
