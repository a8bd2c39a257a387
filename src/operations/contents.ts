import { z } from 'zod';
import { findOutput } from '../records/output.ts';
import { findThread, runsOfThread } from '../records/thread.ts';
import { notFound } from './not-found.ts';
import { contentOperation, operation } from './operation.ts';
import { PathUuid, Time, Uuid } from './schemas/scalars.ts';

const getOutput = contentOperation({
  name: 'outputs.get',
  method: 'GET',
  path: '/outputs/:output_uuid',
  summary: 'Read the whole of a text that is too long to stand in its record',
  permission: 'sessions:read',
  input: z.strictObject({ output_uuid: PathUuid }),
  async run(context, { output_uuid }) {
    const row = await findOutput(context.project.partition_key, output_uuid);
    if (row === null) throw notFound('output', 'output_uuid', 'GET /v1/sessions/{session_uuid}/session-agents');
    return { content_type: 'text/plain; charset=utf-8', content: row.text };
  },
});

const Message = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  content_ref: Uuid.nullable().describe('The output that holds the whole text where only its beginning stands here.'),
  run_uuid: Uuid,
  session_agent_uuid: Uuid,
  agent_uuid: Uuid,
  created_at: Time,
});

const ThreadView = z.strictObject({
  thread_uuid: Uuid,
  session_uuid: Uuid.nullable(),
  agent_uuid: Uuid.nullable().describe('The agent that began it.'),
  messages: z.array(Message).describe('In order; those of the first 500 model calls where it has more.'),
  created_at: Time,
}).meta({ id: 'Thread' });

const getThread = operation({
  name: 'threads.get',
  method: 'GET',
  path: '/threads/:thread_uuid',
  summary: 'Read a thread: the messages that its agents sent and got',
  permission: 'sessions:read',
  input: z.strictObject({ thread_uuid: PathUuid }),
  output: ThreadView,
  async run(context, { thread_uuid }) {
    const { partition_key } = context.project;
    const thread = await findThread(partition_key, thread_uuid);
    if (thread === null) throw notFound('thread', 'thread_uuid', 'GET /v1/sessions/{session_uuid}/session-agents');
    const runs = await runsOfThread(partition_key, thread_uuid);
    const messages = runs.flatMap((run) => {
      const of = { run_uuid: run._id, session_agent_uuid: run.session_agent_uuid, agent_uuid: run.agent_uuid, created_at: run.created_at.toISOString() };
      return [
        { role: 'user' as const, content: run.request_text ?? '', content_ref: run.request_ref, ...of },
        { role: 'assistant' as const, content: run.response_text ?? '', content_ref: run.response_ref, ...of },
      ];
    });
    return { thread_uuid, session_uuid: thread.session_uuid, agent_uuid: thread.agent_uuid, messages, created_at: thread.created_at.toISOString() };
  },
});

export const CONTENT_OPERATIONS = [getOutput, getThread];
