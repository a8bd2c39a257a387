import { z } from 'zod';
import { operation } from './operation.ts';
import { Uuid } from './schemas/scalars.ts';

export const whoami = operation({
  name: 'whoami.get',
  method: 'GET',
  path: '/whoami',
  summary: 'Tell whose key this is',
  permission: null,
  input: z.strictObject({}),
  output: z.strictObject({
    api_key_uuid: Uuid,
    name: z.string(),
    project: z.strictObject({ project_uuid: Uuid, name: z.string() }),
    permissions: z.array(z.string()),
  }).meta({ id: 'Whoami' }),
  async run(context) {
    const { caller, project, permissions } = context;
    return { ...caller, project: { project_uuid: project.project_uuid, name: project.name }, permissions: [...permissions] };
  },
});

export const WHOAMI_OPERATIONS = [whoami];
