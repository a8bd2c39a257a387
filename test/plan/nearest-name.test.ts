import { expect, test } from '@jest/globals';
import { compile } from '../../src/plan/compile.ts';
import { nearestName } from '../../src/plan/nearest-name.ts';
import type { CoordinationDefinition } from '../../src/plan/definition.ts';
import { expand } from '../../src/plan/subtask-queries.ts';
import { known, named } from './fixture-agents.ts';

test.each([
  ['sumarizer', ['translator', 'Summarizer'], 'Summarizer'],
  ['wirter', ['writer', 'editor'], 'writer'],
  ['taskQuery', ['task_query', 'tags'], 'task_query'],
  ['query', ['task_query', 'tags'], 'task_query'],
  ['EDITOR', ['editor'], 'editor'],
  ['scuot', ['scout', 'scouts'], 'scout'],
])('%s was meant as the nearest of %j', (name, candidates, expected) => {
  expect(nearestName(name, candidates)).toBe(expected);
});

test.each([
  ['B', ['A', 'C']],
  ['ab', ['cd', 'ax']],
  ['cat', ['dog', 'sun']],
  ['boss', ['task', 'judge']],
  ['colour', ['model', 'config']],
  ['nobody', ['scout', 'editor']],
  ['name', ['agent_name', 'coordination_name']],
  ['x'.repeat(65), ['x'.repeat(64)]],
])('%s is too far from each of %j', (name, candidates) => {
  expect(nearestName(name, candidates)).toBeUndefined();
});

const agents = [known('scout'), known('editor')];
const messages = (definition: CoordinationDefinition) => compile(definition, { known_agents: agents }).problems!.map(({ message }) => message);

test('misspelt keys of agent_actions, predecessors and subtask agents get the nearest name, as agents do', () => {
  expect(messages({ agents: named('scout', 'editor'), agent_actions: { edtior: { predecessors: ['scuot'] } } })).toEqual(['"edtior" is not in agents; did you mean "editor"?']);
  expect(messages({ agents: named('scout', 'editor'), agent_actions: { editor: { predecessors: ['scuot', 'zzz'] } } })).toEqual([
    '"scuot" is not in agents; did you mean "scout"?', '"zzz" is not in agents; add it there or remove it from the predecessors.',
  ]);
  const { plan } = compile({ agents: named('scout', 'editor') }, { known_agents: agents });
  const { problems } = expand(plan!, [{ agent_name: 'editr', subtask_query: 'x' }, { agent_name: 'zzz', subtask_query: 'x' }], '');
  expect(problems!.map(({ message }) => message)).toEqual(['"editr" is not an agent of this coordination; did you mean "editor"?', '"zzz" is not an agent of this coordination; name one of its agents.']);
});

test('of very many misspelt names the first few get a suggestion, so that the time stays linear', () => {
  const count = 10_000;
  const all = Array.from({ length: count }, (_, index) => known(`agent-${index}`));
  const wrong = Array.from({ length: count }, (_, index) => `agnet-${index}`);
  const { problems } = compile({ agents: named(...all.map(({ agent_name }) => agent_name)), agent_actions: { 'agent-0': { predecessors: wrong } } }, { known_agents: all });
  expect(problems).toHaveLength(count);
  expect(problems!.filter(({ message }) => message.includes('did you mean'))).toHaveLength(10);
});
