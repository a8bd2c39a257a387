import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SCENARIOS } from './scenarios.ts';
import { storedHistories, type StoredHistory } from './stored-history.ts';

let folder: string;
beforeAll(() => {
  // Failures that a test brings about on purpose are no news.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging: { filter: 'OFF' } } });
  folder = mkdtempSync(join(tmpdir(), 'ace-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Replays histories on workflow code, without a server; answers why each that cannot be replayed cannot. */
async function replay(histories: StoredHistory[], codePath = process.env.ACE_WORKFLOW_BUNDLE!): Promise<Record<string, string>> {
  const failures: Record<string, string> = {};
  const given = histories.map(({ name, history }) => ({ workflowId: name, history }));
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, given)) {
    replayed += 1;
    if (error !== undefined) failures[workflowId] = error.message;
  }
  expect(replayed).toBe(histories.length);
  return failures;
}

function stored(name: string): StoredHistory {
  return storedHistories().find((history) => history.name === name)!;
}

/** A history in which one event reads otherwise. */
function changed(name: string, from: string, to: string): StoredHistory {
  const { history } = stored(name);
  const at = history.events.findIndex((event) => JSON.stringify(event).includes(from));
  expect(at).toBeGreaterThan(0);
  const events = history.events.map((event, index) => (index === at ? (JSON.parse(JSON.stringify(event).replaceAll(from, to)) as Record<string, unknown>) : event));
  return { name, history: { events } };
}

test('there is a stored history of every scenario, and of both runs of one that continued as new', () => {
  const names = storedHistories().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(SCENARIOS).map((scenario) => `${scenario}.1`), 'continue-as-new.2']));
});

test('every stored history replays on the workflow code of today', async () => {
  expect(await replay(storedHistories())).toEqual({});
});

test('a history that the workflow code would not make is found out', async () => {
  expect(Object.keys(await replay([changed('parallel-graph.1', '"callModel"', '"callOther"')]))).toEqual(['parallel-graph.1']);
  expect(Object.keys(await replay([changed('pause-and-resume.1', '"pause"', '"cancel"')]))).toEqual(['pause-and-resume.1']);
  const { history } = stored('plain-chain.1');
  const firstCall = history.events.findIndex((event) => JSON.stringify(event).includes('"callModel"'));
  const without = { name: 'without', history: { events: history.events.filter((_, index) => index !== firstCall) } };
  expect(Object.keys(await replay([without]))).toEqual(['without']);
});

test('workflow code that does otherwise than it did is found out', async () => {
  const code = readFileSync(process.env.ACE_WORKFLOW_BUNDLE!, 'utf8');
  const broken = join(folder, 'broken.js');
  // One launch a task instead of 100: the same steps, otherwise laid out.
  expect(code).toMatch(/LAUNCHES_PER_TASK = 100/);
  writeFileSync(broken, code.replace(/LAUNCHES_PER_TASK = 100/, 'LAUNCHES_PER_TASK = 1'));
  const failures = await replay([stored('parallel-graph.1'), stored('plain-chain.1')], broken);
  expect(Object.keys(failures)).toEqual(['parallel-graph.1']);
});
