import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { deleteProject, deleteWhatGoesAlong, findProject, insertProject, listProjects, updateProject, whatProjectHolds } from '../records/project.ts';
import type { Project } from '../records/project.ts';
import { checkModel } from './check-model.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { LIST_FIELDS, pageRequest } from './schemas/list.ts';
import { Metadata, ModelName, Nothing, pageOf, PathUuid, Time, Uuid } from './schemas/scalars.ts';

const ProjectName = z.string().max(255, 'must have at most 255 characters')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must begin with a letter or digit and hold only letters, digits, ".", "_" and "-"');

const Description = z.string().max(10_000).nullable();
const DefaultModel = ModelName.nullable().describe('`vendor/model` for agents without one.');

/** What a caller can delete of a project, in the order in which it can be; the rest goes with these. */
const DELETED_BY_HAND = ['sessions', 'coordinations', 'agents'];

const ProjectView = z.strictObject({
  project_uuid: Uuid,
  name: ProjectName.describe('Immutable; part of the key of everything in the project.'),
  description: z.string().nullable(),
  default_model: z.string().nullable().describe('`vendor/model` for agents without one; null leaves it to `ACE_MODEL` and the keys that are set.'),
  partition_key: z.string(),
  metadata: Metadata,
  created_at: Time,
  updated_at: Time,
}).meta({ id: 'Project' });

function view(project: Project): z.input<typeof ProjectView> {
  const { project_uuid, name, description, default_model, partition_key, metadata } = project;
  return {
    project_uuid, name, description, default_model, partition_key,
    metadata: metadata as z.input<typeof Metadata>,
    created_at: project.created_at.toISOString(),
    updated_at: project.updated_at.toISOString(),
  };
}

const createProject = operation({
  name: 'projects.create',
  method: 'POST',
  path: '/projects',
  summary: 'Make a project',
  permission: 'admin',
  input: z.strictObject({
    name: ProjectName,
    description: Description.default(null),
    default_model: DefaultModel.default(null),
    metadata: Metadata.default({}),
  }),
  output: ProjectView,
  status: 201,
  idempotent: true,
  async run(context, input) {
    if (input.default_model !== null) checkModel(input.default_model, 'default_model');
    const { endpointId } = context.config;
    const made = await insertProject(endpointId, { ...input, project_uuid: context.resource_uuid });
    context.acted();
    const project = made ?? await findProject(context.resource_uuid);
    if (!project) {
      throw new EngineError('resource.exists', 'A project of that name exists; choose another name.', { errors: [{ path: 'name', message: 'Taken; choose another name.' }] });
    }
    return view(project);
  },
});

const listAllProjects = operation({
  name: 'projects.list',
  method: 'GET',
  path: '/projects',
  summary: 'List the projects',
  permission: 'admin',
  input: z.strictObject(LIST_FIELDS),
  output: pageOf(ProjectView),
  async run(context, input) {
    const page = await listProjects(context.config.endpointId, pageRequest(input));
    return { data: page.rows.map(view), next: page.next };
  },
});

const getProject = operation({
  name: 'projects.get',
  method: 'GET',
  path: '/projects/:project_uuid',
  summary: 'Read a project',
  permission: 'admin',
  input: z.strictObject({ project_uuid: PathUuid }),
  output: ProjectView,
  async run(_context, { project_uuid }) {
    return view(await existing(project_uuid));
  },
});

const changeProject = operation({
  name: 'projects.update',
  method: 'PATCH',
  path: '/projects/:project_uuid',
  summary: 'Change the default model, the description or the metadata of a project; sessions that run keep their models',
  permission: 'admin',
  input: z.strictObject({
    project_uuid: PathUuid,
    description: Description.optional(),
    default_model: DefaultModel.optional(),
    metadata: Metadata.optional().describe('In place of what it has.'),
  }),
  output: ProjectView,
  async run(context, { project_uuid, ...fields }) {
    if (typeof fields.default_model === 'string') checkModel(fields.default_model, 'default_model');
    const changed = await updateProject(project_uuid, fields);
    if (!changed) throw missing();
    context.acted();
    return view(changed);
  },
});

const removeProject = operation({
  name: 'projects.delete',
  method: 'DELETE',
  path: '/projects/:project_uuid',
  summary: 'Delete an empty project and its API keys',
  permission: 'admin',
  input: z.strictObject({ project_uuid: PathUuid }),
  output: Nothing,
  status: 204,
  async run(_context, { project_uuid }) {
    const project = await existing(project_uuid);
    if (project.is_default) throw new EngineError('resource.referenced', 'The default project stays; it holds the administrator\'s key.');
    const held = await whatProjectHolds(project.partition_key);
    if (held.length > 0) {
      const deletable = DELETED_BY_HAND.filter((collection) => held.includes(collection));
      const named = deletable.length > 0 ? deletable : held;
      throw new EngineError('resource.referenced', `The project holds ${named.join(', ')}; delete these first, in this order, then the project.`, { extra: { referenced_by: named.map((collection) => ({ collection })) } });
    }
    await deleteWhatGoesAlong(project.partition_key);
    await deleteProject(project_uuid);
    return null;
  },
});

async function existing(project_uuid: string): Promise<Project> {
  const project = await findProject(project_uuid);
  if (!project) throw missing();
  return project;
}

function missing(): EngineError {
  return notFound('project', 'project_uuid', 'GET /v1/projects');
}

export const PROJECT_OPERATIONS = [createProject, listAllProjects, getProject, changeProject, removeProject];
