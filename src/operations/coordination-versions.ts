import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { CoordinationDefinition } from '../plan/definition.ts';
import { mermaid } from '../plan/mermaid.ts';
import type { Plan } from '../plan/plan.ts';
import { findVersion, listVersions } from '../records/coordination-version.ts';
import type { CoordinationVersion } from '../records/coordination-version.ts';
import { updateCoordination } from '../records/coordination.ts';
import type { Coordination } from '../records/coordination.ts';
import { loadPlan } from '../records/plan.ts';
import { compileDefinition, compileOrRefuse, contentHash } from './compile-definition.ts';
import { existingCoordination, refuseArchived, viewCoordination } from './coordination-view.ts';
import { DEFINITION_LIMIT } from './coordinations.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { prepare, publishAgain } from './publish.ts';
import { CoordinationView, NEW_CONTENT_FIELDS, NEW_LABEL_FIELDS, Note, ProblemView, VersionSummary, VersionView } from './schemas/coordination.ts';
import { LIST_FIELDS, pageRequest } from './schemas/list.ts';
import { JsonObject, Name, pageOf, PathUuid, Uuid } from './schemas/scalars.ts';

const PlanView = z.strictObject({ plan_version: z.int(), nodes: z.array(JsonObject) }).meta({ id: 'Plan' });

const validateCoordination = operation({
  name: 'coordinations.validate',
  method: 'POST',
  path: '/coordinations/validate',
  summary: 'Tell every problem of a definition; nothing is stored',
  permission: 'coordinations:read',
  input: z.strictObject({
    coordination_name: Name.optional(),
    ...NEW_CONTENT_FIELDS,
    ...NEW_LABEL_FIELDS,
    draft: z.boolean().optional(),
    note: Note.optional(),
  }),
  output: z.strictObject({ valid: z.boolean(), problems: z.array(ProblemView), plan: PlanView.nullable() }).meta({ id: 'Validation' }),
  body_limit: DEFINITION_LIMIT,
  async run(context, input) {
    const { plan, problems = [] } = await compileDefinition(context.project.partition_key, input as CoordinationDefinition);
    return { valid: plan !== undefined, problems, plan: planView(plan) };
  },
});

function planView(plan: Plan | undefined): z.input<typeof PlanView> | null {
  return (plan as unknown as z.input<typeof PlanView> | undefined) ?? null;
}

const getPlan = operation({
  name: 'coordinations.plan',
  method: 'GET',
  path: '/coordinations/:coordination_uuid/plan',
  summary: 'Read what a coordination compiles to, as JSON or as a Mermaid flowchart',
  description: 'The published version unless one is named; the draft while nothing is published.',
  permission: 'coordinations:read',
  input: z.strictObject({
    coordination_uuid: PathUuid,
    version: z.int().min(1).optional(),
    format: z.enum(['json', 'mermaid']).default('json').describe('Or the header Accept: text/vnd.mermaid.'),
  }),
  output: z.union([
    z.strictObject({ coordination_uuid: Uuid, version: z.int().nullable(), plan_hash: z.string(), plan: PlanView }).meta({ id: 'CoordinationPlan' }),
    z.string(),
  ]),
  formats: { mermaid: 'text/vnd.mermaid' },
  async run(context, { coordination_uuid, version, format }) {
    const { partition_key } = context.project;
    const coordination = await existingCoordination(partition_key, coordination_uuid);
    const found = await planOf(coordination, version);
    if (format === 'mermaid') return mermaid(found.plan);
    return { coordination_uuid, version: found.version, plan_hash: found.plan_hash, plan: planView(found.plan)! };
  },
});

async function planOf(coordination: Coordination, version: number | undefined): Promise<{ plan: Plan; plan_hash: string; version: number | null }> {
  const { partition_key, coordination_uuid, draft, published_version, plan_hash } = coordination;
  if (version !== undefined) {
    const found = await existingVersion(coordination_uuid, version, partition_key);
    return { version, plan_hash: found.plan_hash, plan: await loadPlan(partition_key, found.plan_hash) };
  }
  if (published_version !== null && plan_hash !== null) {
    return { version: published_version, plan_hash, plan: await loadPlan(partition_key, plan_hash) };
  }
  const plan = await compileOrRefuse(partition_key, draft as unknown as CoordinationDefinition);
  return { version: null, plan_hash: contentHash(plan), plan };
}

async function existingVersion(coordination_uuid: string, version: number, partition_key: string): Promise<CoordinationVersion> {
  const found = await findVersion(partition_key, coordination_uuid, version);
  if (!found) throw notFound('version', 'version', 'GET /v1/coordinations/{coordination_uuid}/versions');
  return found;
}

function summariseVersion({ coordination_uuid, version, content_hash, plan_hash, author, note, created_at }: CoordinationVersion): z.input<typeof VersionSummary> {
  return { coordination_uuid, version, content_hash, plan_hash, author, note, created_at: created_at.toISOString() };
}

const listCoordinationVersions = operation({
  name: 'coordinations.versions',
  method: 'GET',
  path: '/coordinations/:coordination_uuid/versions',
  summary: 'List the published versions of a coordination',
  permission: 'coordinations:read',
  input: z.strictObject({ coordination_uuid: PathUuid, ...LIST_FIELDS }),
  output: pageOf(VersionSummary),
  async run(context, { coordination_uuid, ...list }) {
    const { partition_key } = context.project;
    await existingCoordination(partition_key, coordination_uuid);
    const page = await listVersions(partition_key, coordination_uuid, pageRequest(list));
    return { data: page.rows.map(summariseVersion), next: page.next };
  },
});

const getCoordinationVersion = operation({
  name: 'coordinations.version',
  method: 'GET',
  path: '/coordinations/:coordination_uuid/versions/:version',
  summary: 'Read a published version with its definition',
  permission: 'coordinations:read',
  input: z.strictObject({ coordination_uuid: PathUuid, version: z.int().min(1) }),
  output: VersionView,
  async run(context, { coordination_uuid, version }) {
    const { partition_key } = context.project;
    await existingCoordination(partition_key, coordination_uuid);
    const found = await existingVersion(coordination_uuid, version, partition_key);
    return { ...summariseVersion(found), definition: found.definition as unknown as z.input<typeof VersionView>['definition'] };
  },
});

const publishCoordination = operation({
  name: 'coordinations.publish',
  method: 'POST',
  path: '/coordinations/:coordination_uuid/publish',
  summary: 'Publish the draft as the next version',
  description: 'Without a draft, or with one that says what is published already, nothing changes.',
  permission: 'coordinations:write',
  input: z.strictObject({ coordination_uuid: PathUuid, note: Note.default(null) }),
  output: CoordinationView,
  idempotent: true,
  async run(context, { coordination_uuid, note }) {
    const { partition_key } = context.project;
    const coordination = await existingCoordination(partition_key, coordination_uuid);
    refuseArchived(coordination);
    if (coordination.draft === null) return viewCoordination(coordination);
    const publication = await prepare(context, coordination.draft, note);
    if (publication.content_hash === coordination.content_hash && publication.plan_hash === coordination.plan_hash) {
      const settled = await updateCoordination({ partition_key, coordination_uuid }, { draft: null });
      return viewCoordination(typeof settled === 'object' ? settled : coordination);
    }
    return viewCoordination(await publishAgain(context, { coordination, from_draft: true }, publication));
  },
});

const archiveCoordination = operation({
  name: 'coordinations.archive',
  method: 'POST',
  path: '/coordinations/:coordination_uuid/archive',
  summary: 'Archive a coordination: it starts no sessions any more',
  permission: 'coordinations:write',
  input: z.strictObject({ coordination_uuid: PathUuid }),
  output: CoordinationView,
  idempotent: true,
  async run(context, { coordination_uuid }) {
    const { partition_key } = context.project;
    await existingCoordination(partition_key, coordination_uuid);
    const archived = await updateCoordination({ partition_key, coordination_uuid }, { state: 'archived' });
    if (typeof archived !== 'object') throw new EngineError('resource.conflict', 'The coordination was deleted just now.');
    context.acted();
    return viewCoordination(archived);
  },
});

export const COORDINATION_VERSION_OPERATIONS = [
  validateCoordination, getPlan, listCoordinationVersions, getCoordinationVersion, publishCoordination, archiveCoordination,
];
