import { z } from 'zod';
import { EngineError } from '../errors.ts';
import {
  COORDINATION_STATES, findCoordination, findCoordinationByName, insertDraftCoordination, listCoordinations, updateCoordination,
} from '../records/coordination.ts';
import type { Coordination, CoordinationContent, CoordinationLabels } from '../records/coordination.ts';
import { deleteCoordinationUnlessUsed } from '../records/delete-coordination.ts';
import type { OperationContext } from './context.ts';
import { existingCoordination, noSuchCoordination, refuseArchived, summarise, viewCoordination } from './coordination-view.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { coordinationNameTaken, prepare, publishAgain, publishFirst } from './publish.ts';
import {
  CHANGE_FIELDS, CoordinationSummary, CoordinationView, NEW_CONTENT_FIELDS, NEW_LABEL_FIELDS, Note,
} from './schemas/coordination.ts';
import { FILTER_FIELDS, LIST_FIELDS, metadataEntries, pageRequest } from './schemas/list.ts';
import { Name, Nothing, pageOf, PathUuid } from './schemas/scalars.ts';
import { unlessTaken } from './unless-taken.ts';

/** 10,000 agents with their actions fit. */
export const DEFINITION_LIMIT = 4_000_000;
const MOST_ATTEMPTS = 10;

type Fields = CoordinationContent & Omit<CoordinationLabels, 'coordination_name'>;

function contentOf({ coordination_description, agents, agent_actions, config }: CoordinationContent): CoordinationContent {
  return { coordination_description, agents, agent_actions, config };
}

function labelsOf(coordination_name: string, { tags, metadata, active }: Fields): CoordinationLabels {
  return { coordination_name, tags, metadata, active };
}

const createCoordination = operation({
  name: 'coordinations.create',
  method: 'POST',
  path: '/coordinations',
  summary: 'Make a coordination and publish version 1, or store a draft',
  permission: 'coordinations:write',
  input: z.strictObject({
    coordination_name: Name,
    ...NEW_CONTENT_FIELDS,
    ...NEW_LABEL_FIELDS,
    draft: z.boolean().default(false).describe('Store it whatever its problems, without publishing.'),
    note: Note.default(null),
  }),
  output: CoordinationView,
  status: 201,
  idempotent: true,
  body_limit: DEFINITION_LIMIT,
  meta_tool: { name: 'create_orchestration' },
  async run(context, { draft, note, coordination_name, ...fields }) {
    const earlier = await findCoordination(context.project.partition_key, context.resource_uuid);
    if (earlier) return viewCoordination(earlier);
    return viewCoordination(await create(context, { coordination_name, draft, note }, fields));
  },
});

async function create(context: OperationContext, how: { coordination_name: string; draft: boolean; note: string | null }, fields: Fields): Promise<Coordination> {
  const labels = labelsOf(how.coordination_name, fields);
  if (!how.draft) return publishFirst(context, labels, await prepare(context, contentOf(fields), how.note));
  const { partition_key } = context.project;
  const made = await insertDraftCoordination({ partition_key, coordination_uuid: context.resource_uuid, labels, content: contentOf(fields) });
  if (!made) throw coordinationNameTaken();
  context.acted();
  return made;
}

const listAllCoordinations = operation({
  name: 'coordinations.list',
  method: 'GET',
  path: '/coordinations',
  summary: 'List the coordinations, without their definitions',
  permission: 'coordinations:read',
  input: z.strictObject({
    ...LIST_FIELDS,
    ...FILTER_FIELDS,
    status: z.enum(COORDINATION_STATES).optional().describe('Only those in this state.'),
    active: z.boolean().optional(),
    tag: z.string().min(1).max(100).optional(),
    coordination_name: Name.optional().describe('Only the one of exactly this name.'),
  }),
  output: pageOf(CoordinationSummary),
  meta_tool: { name: 'list_orchestrations' },
  async run(context, input) {
    const { status: state, active, tag, coordination_name, created_after } = input;
    const filter = { state, active, tag, coordination_name, created_after, metadata: metadataEntries(input.metadata) };
    const page = await listCoordinations(context.project.partition_key, filter, pageRequest(input));
    return { data: page.rows.map(summarise), next: page.next };
  },
});

const getCoordination = operation({
  name: 'coordinations.get',
  method: 'GET',
  path: '/coordinations/:coordination_uuid',
  summary: 'Read a coordination',
  permission: 'coordinations:read',
  input: z.strictObject({ coordination_uuid: PathUuid }),
  output: CoordinationView,
  meta_tool: { name: 'get_orchestration' },
  async run(context, { coordination_uuid }) {
    return viewCoordination(await existingCoordination(context.project.partition_key, coordination_uuid));
  },
});

const getCoordinationByName = operation({
  name: 'coordinations.by_name',
  method: 'GET',
  path: '/coordinations/by-name/:coordination_name',
  summary: 'Read the coordination of this name',
  permission: 'coordinations:read',
  input: z.strictObject({ coordination_name: Name }),
  output: CoordinationView,
  async run(context, { coordination_name }) {
    const coordination = await findCoordinationByName(context.project.partition_key, coordination_name);
    if (!coordination) throw notFound('coordination', 'coordination_name', 'GET /v1/coordinations');
    return viewCoordination(coordination);
  },
});

const changeCoordination = operation({
  name: 'coordinations.update',
  method: 'PATCH',
  path: '/coordinations/:coordination_uuid',
  summary: 'Change the draft of a coordination, or its name, tags, metadata and activity',
  description: 'What a version fixes (description, agents, agent_actions, config) is changed in the draft only; publish it to make it count. The rest counts at once.',
  permission: 'coordinations:write',
  input: z.strictObject({ coordination_uuid: PathUuid, ...CHANGE_FIELDS }),
  output: CoordinationView,
  body_limit: DEFINITION_LIMIT,
  meta_tool: { name: 'update_orchestration' },
  async run(context, { coordination_uuid, coordination_name, tags, metadata, active, ...content }) {
    const { partition_key } = context.project;
    const labels = Object.fromEntries(Object.entries({ coordination_name, tags, metadata, active }).filter(([, value]) => value !== undefined));
    const changes = Object.entries(content).filter(([, value]) => value !== undefined);
    // Two who change different fields of one draft at the same moment must not undo each other's.
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const coordination = await existingCoordination(partition_key, coordination_uuid);
      refuseArchived(coordination);
      const { draft: draft_was } = coordination;
      const draft = { ...contentOf(draft_was ?? coordination), ...Object.fromEntries(changes) };
      const changed = await updateCoordination({ partition_key, coordination_uuid }, { labels, ...(changes.length === 0 ? {} : { draft, draft_was }) });
      if (changed === 'name_taken') throw coordinationNameTaken();
      if (changed !== undefined) return viewCoordination(changed);
    }
    throw new EngineError('resource.conflict', 'The draft is changed by many at this moment; read it again and repeat the change.');
  },
});

const putCoordinationByName = operation({
  name: 'coordinations.apply',
  method: 'PUT',
  path: '/coordinations/by-name/:coordination_name',
  summary: 'Make the coordination of this name what the body says: create it, publish a new version, or leave it where nothing differs',
  permission: 'coordinations:write',
  input: z.strictObject({ coordination_name: Name, ...NEW_CONTENT_FIELDS, ...NEW_LABEL_FIELDS, note: Note.default(null) }),
  output: CoordinationView,
  other_statuses: [201],
  idempotent: true,
  body_limit: DEFINITION_LIMIT,
  async run(context, { coordination_name, note, ...fields }) {
    const { partition_key } = context.project;
    const found = await findCoordinationByName(partition_key, coordination_name);
    const made = found ? undefined : await unlessTaken(() => create(context, { coordination_name, draft: false, note }, fields));
    if (made) {
      context.reply.status = 201;
      return viewCoordination(made);
    }
    const known = found ?? await findCoordinationByName(partition_key, coordination_name);
    if (!known) throw coordinationNameTaken();
    refuseArchived(known);
    const publication = await prepare(context, contentOf(fields), note);
    const isPublished = publication.content_hash === known.content_hash && publication.plan_hash === known.plan_hash;
    const current = isPublished ? known : await publishAgain(context, { coordination: known, from_draft: false }, publication);
    const { coordination_uuid, tags, metadata, active } = current;
    const labels = labelsOf(coordination_name, fields);
    const isLabelled = JSON.stringify([tags, metadata, active]) === JSON.stringify([labels.tags, labels.metadata, labels.active]);
    const labelled = isLabelled ? current : await updateCoordination({ partition_key, coordination_uuid }, { labels });
    return viewCoordination(typeof labelled === 'object' ? labelled : current);
  },
});

const deleteCoordination = operation({
  name: 'coordinations.delete',
  method: 'DELETE',
  path: '/coordinations/:coordination_uuid',
  summary: 'Delete a coordination that has no sessions and no tasks',
  permission: 'coordinations:write',
  input: z.strictObject({ coordination_uuid: PathUuid }),
  output: Nothing,
  status: 204,
  meta_tool: { name: 'delete_orchestration' },
  async run(context, { coordination_uuid }) {
    const key = { partition_key: context.project.partition_key, coordination_uuid };
    const result = await deleteCoordinationUnlessUsed(key);
    if (result.kind === 'referenced') {
      throw new EngineError('resource.referenced', 'The coordination has sessions; delete these first, or archive it.', { extra: { referenced_by: result.by } });
    }
    if (result.kind === 'busy') throw new EngineError('resource.conflict', 'Another request deletes the coordination at this moment; try again.');
    if (result.kind === 'missing') throw noSuchCoordination(coordination_uuid);
    return null;
  },
});

export const COORDINATION_OPERATIONS = [
  createCoordination, listAllCoordinations, getCoordination, changeCoordination, deleteCoordination, getCoordinationByName, putCoordinationByName,
];
