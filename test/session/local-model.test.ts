import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { provisionLocalModel } from '../../src/engine/provision-local-model.ts';
import { local } from '../../src/providers/local.ts';
import { setLocalModelPath } from '../../src/providers/local-model-path.ts';
import { startSession, type TestAgent } from './run-session.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';
import { startTestWorker } from './start-test-worker.ts';
import { startWorkerProcess } from './worker-process.ts';

let place: TestPlace;
let empty: string;
beforeAll(async () => {
  place = await startTestPlace();
  empty = mkdtempSync(join(tmpdir(), 'ace-no-model-'));
});
afterAll(async () => {
  setLocalModelPath(undefined);
  await local.close?.();
  await place.stop();
  rmSync(empty, { recursive: true });
});

const TEST_MS = 120_000;

function onLocalModel(name: string): TestAgent {
  return { name, overrides: { model: 'local/smollm2-135m-instruct', max_output_tokens: 3 } };
}

test('where no worker has the local model, a step that names it fails with a clear word and waits for nobody', async () => {
  setLocalModelPath(null);
  const worker = await startTestWorker({ place });
  try {
    const session = await startSession(place, [onLocalModel('One')]);
    const row = await session.ended();
    expect(row.status).toBe('failed');
    expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'provider.not_configured', step: 'One', message: expect.stringContaining('no local model') });
  } finally {
    await worker.stop();
  }
});

test('a worker without the local model takes none of its steps from one that has it', async () => {
  // With a vendor's key and an empty cache it neither finds the model nor fetches it.
  const without = await startWorkerProcess(place, { ACE_CACHE: empty, ACE_LOCAL_MODEL: '', OPENAI_API_KEY: 'test' });
  let withModel: Awaited<ReturnType<typeof startTestWorker>> | undefined;
  try {
    const path = await provisionLocalModel((line) => process.stderr.write(`${line}\n`));
    if (!path) throw new Error('The local model could not be had; see the lines above.');
    setLocalModelPath(path);
    withModel = await startTestWorker({ place });
    const session = await startSession(place, Array.from({ length: 8 }, (_, index) => onLocalModel(`Agent ${index}`)));
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    const { history } = await place.client.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution: { workflowId: session.workflow_id } });
    const queues = history!.events!.map((event) => event.activityTaskScheduledEventAttributes).filter((scheduled) => scheduled?.activityType?.name === 'callModel').map((scheduled) => scheduled!.taskQueue!.name);
    expect(queues).toEqual(Array(8).fill(`${place.task_queue}-local`));
  } finally {
    await withModel?.stop();
    await without.end();
  }
}, TEST_MS);
