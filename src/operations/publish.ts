import { EngineError } from '../errors.ts';
import type { CoordinationDefinition } from '../plan/definition.ts';
import type { Plan } from '../plan/plan.ts';
import type { Coordination, CoordinationContent, CoordinationLabels } from '../records/coordination.ts';
import { hashOfPlan } from '../records/plan.ts';
import { createPublished, publishNext } from '../records/publish-coordination.ts';
import type { Publication, PublicationResult } from '../records/publish-coordination.ts';
import { compileOrRefuse, contentHash } from './compile-definition.ts';
import type { OperationContext } from './context.ts';

/** Compiles content, ready to be published; nothing is stored yet. Errors: `definition.invalid`. */
export async function prepare(context: OperationContext, content: CoordinationContent, note: string | null): Promise<Publication> {
  const { partition_key } = context.project;
  const plan = await compileOrRefuse(partition_key, content as unknown as CoordinationDefinition);
  return {
    content,
    content_hash: contentHash(content),
    plan,
    plan_hash: hashOfPlan(plan),
    agent_uuids: agentsOf(plan),
    author: context.caller.name,
    note,
  };
}

function agentsOf(plan: Plan): string[] {
  return [...new Set(plan.nodes.map((node) => node.agent_uuid))];
}

/** Makes a coordination with version 1. Errors: `resource.exists`, `agent.unknown`. */
export async function publishFirst(context: OperationContext, labels: CoordinationLabels, publication: Publication): Promise<Coordination> {
  const { partition_key } = context.project;
  return coordinationOf(context, await createPublished({ partition_key, coordination_uuid: context.resource_uuid, labels }, publication));
}

/** Adds a version. Errors: `resource.conflict` where another came first, `agent.unknown`. */
export async function publishAgain(context: OperationContext, which: { coordination: Coordination; from_draft: boolean }, publication: Publication): Promise<Coordination> {
  const { coordination_uuid, partition_key, published_version: previous } = which.coordination;
  return coordinationOf(context, await publishNext({ partition_key, coordination_uuid, previous, from_draft: which.from_draft }, publication));
}

function coordinationOf(context: OperationContext, result: PublicationResult): Coordination {
  if (result.kind === 'published') {
    context.acted();
    return result.coordination;
  }
  if (result.kind === 'name_taken') throw coordinationNameTaken();
  if (result.kind === 'agent_gone') throw new EngineError('agent.unknown', 'An agent of the definition was deleted just now; remove it or register it again.');
  throw new EngineError('resource.conflict', 'The coordination was changed or published by somebody else just now; read it again and repeat.');
}

export function coordinationNameTaken(): EngineError {
  return new EngineError('resource.exists', 'A coordination of that name exists in this project; choose another name, or use PUT /v1/coordinations/by-name/{name}.', {
    errors: [{ path: 'coordination_name', message: 'Taken; choose another name.' }],
  });
}
