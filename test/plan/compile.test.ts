import { describe, expect, test } from '@jest/globals';
import { compile, type Compilation } from '../../src/plan/compile.ts';
import type { CoordinationDefinition, KnownAgent } from '../../src/plan/definition.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Problem } from '../../src/plan/problem.ts';
import { known, named } from './fixture-agents.ts';

const KNOWN: KnownAgent[] = [known('a'), known('b', 'task', 'openai/x'), known('c'), known('planner', 'planning'), known('splitter', 'decompose')];

function planOf(compilation: Compilation): Plan {
  expect(compilation.problems).toBeUndefined();
  return compilation.plan!;
}

function problemsOf(definition: unknown, more: { overlays?: Array<{ path: string; agent_actions: never }> } = {}): Problem[] {
  const compilation = compile(definition as CoordinationDefinition, { known_agents: KNOWN, ...more });
  expect(compilation.plan).toBeUndefined();
  return compilation.problems!;
}

function codesAt(problems: Problem[]): string[] {
  return problems.map((problem) => `${problem.code} at ${problem.path}`);
}

describe('a valid definition', () => {
  test('gives nodes in the order of agents, predecessors in the author\'s order, by name or uuid', () => {
    const plan = planOf(compile({
      agents: [{ agent_name: 'a' }, { agent_uuid: 'uuid-of-b', instructions: 'Be brief.' }, { agent_name: 'c', model: 'local/y' }],
      agent_actions: { c: { predecessors: ['uuid-of-b', 'a'], primary_path: true, action_function: { tool: 'notify' } } },
    }, { known_agents: KNOWN }));
    expect(plan.nodes.map((node) => [node.name, node.predecessors, node.model])).toEqual([['a', [], null], ['b', [], 'openai/x'], ['c', [1, 0], 'local/y']]);
    expect(plan.nodes[1]).toMatchObject({ agent_uuid: 'uuid-of-b', agent_name: 'b', agent_type: 'task', overrides: { instructions: 'Be brief.' }, primary_path: false, action_function: null, facts: [] });
    expect(plan.nodes[2]).toMatchObject({ primary_path: true, action_function: { tool: 'notify' } });
  });

  test('is frozen to its depths, and the author\'s own objects are not', () => {
    const definition = { agents: [{ agent_name: 'a', config: { script: [{ text: 'x' }] } }] };
    const plan = planOf(compile(definition, { known_agents: KNOWN }));
    expect(() => { (plan.nodes[0]!.overrides.config as { script: unknown[] }).script.push(1); }).toThrow(TypeError);
    expect(() => { (plan.nodes as unknown[]).push(1); }).toThrow(TypeError);
    definition.agents[0]!.config.script.push({ text: 'y' });
    expect(plan.nodes[0]!.overrides).toEqual({ config: { script: [{ text: 'x' }] } });
  });

  test('takes overlays field by field, the later one last', () => {
    const plan = planOf(compile({
      agents: named('a', 'b', 'c'),
      agent_actions: { c: { predecessors: ['a'], user_in_the_loop: true } },
    }, {
      known_agents: KNOWN,
      overlays: [
        { path: 'task.agent_actions', agent_actions: { 'uuid-of-c': { predecessors: ['b'] } } },
        { path: 'agent_actions', agent_actions: { c: { user_in_the_loop: false }, b: { predecessors: ['a'] } } },
      ],
    }));
    expect(plan.nodes.map((node) => node.predecessors)).toEqual([[], [0], [1]]);
    expect(plan.nodes[2]!.user_in_the_loop).toBeNull();
  });

  test('an agent that plans may ask a person before and after', () => {
    for (const when of ['before', 'after'] as const) {
      const plan = planOf(compile({ agents: named('planner', 'a'), agent_actions: { planner: { user_in_the_loop: when }, a: { predecessors: ['planner'] } } }, { known_agents: KNOWN }));
      expect(plan.nodes[0]!.user_in_the_loop?.when).toBe(when);
    }
  });
});

describe('user_in_the_loop', () => {
  function loopOf(user_in_the_loop: unknown) {
    const definition = { agents: named('a'), agent_actions: { a: { user_in_the_loop } } } as CoordinationDefinition;
    return planOf(compile(definition, { known_agents: KNOWN })).nodes[0]!.user_in_the_loop;
  }

  test('true means after, with every action', () => {
    expect(loopOf(true)).toEqual({ when: 'after', question: null, allowed_actions: ['answer', 'approve', 'edit', 'reject'], input_schema: null, expires_in_ms: null, default_action: null });
    expect(loopOf('after')).toEqual(loopOf(true));
    expect(loopOf({})).toEqual(loopOf(true));
  });

  test('before has no output to edit', () => {
    expect(loopOf('before')).toMatchObject({ when: 'before', allowed_actions: ['answer', 'approve', 'reject'] });
  });

  test('an object names actions, question, schema, expiry and default', () => {
    expect(loopOf({ when: 'before', actions: ['reject', 'approve'], question: 'Go?', input_schema: { type: 'string' }, expires_in: 'PT5M', default_action: 'reject' }))
      .toEqual({ when: 'before', question: 'Go?', allowed_actions: ['approve', 'reject'], input_schema: { type: 'string' }, expires_in_ms: 300_000, default_action: 'reject' });
  });

  test.each([
    ['sometimes', ''], [1, ''], [[], ''], [{ when: 'never' }, '.when'], [{ actions: [] }, '.actions'], [{ actions: ['dance'] }, '.actions.0'],
    [{ when: 'before', actions: ['edit'] }, '.actions.0'], [{ question: 7 }, '.question'], [{ input_schema: 'string' }, '.input_schema'],
    [{ expires_in: 'soon' }, '.expires_in'], [{ expires_in: 0 }, '.expires_in'], [{ whem: 'after' }, '.whem'],
    [{ actions: ['approve'], default_action: 'reject', expires_in: '1h' }, '.default_action'],
    [{ default_action: 'edit', expires_in: '1h' }, '.default_action'], [{ default_action: 'approve' }, '.default_action'],
  ])('refuses %j', (value, where) => {
    const problems = problemsOf({ agents: named('a'), agent_actions: { a: { user_in_the_loop: value } } });
    expect(problems.map((problem) => problem.path)).toEqual([`agent_actions.a.user_in_the_loop${where}`]);
  });
});

describe('problems', () => {
  test('are all reported at once, each at its place', () => {
    const problems = problemsOf({
      agents: [{ agent_name: 'a' }, { agent_name: 'a' }, { agent_uuid: 'uuid-of-b', agent_name: 'b' }, {}, 7, { agent_name: 'nobody' }, { agent_name: 'c', colour: 'red' }],
      agent_actions: {
        a: { predecessors: ['a', 'ghost', 'c', 'uuid-of-c'], primary_path: 'yes' },
        c: { primary_path: true, action_function: {}, retries: 3 },
        ghost: {},
        'uuid-of-a': {},
        nobody: { user_in_the_loop: 'maybe' },
      },
    });
    expect(codesAt(problems).sort()).toEqual([
      'plan.action_function at agent_actions.c.action_function',
      'plan.action_twice at agent_actions.uuid-of-a',
      'plan.action_without_agent at agent_actions.ghost',
      'plan.agent_reference at agents.2',
      'plan.agent_reference at agents.3',
      'plan.agent_twice at agents.1.agent_name',
      'plan.own_predecessor at agent_actions.a.predecessors.0',
      'plan.predecessor_twice at agent_actions.a.predecessors.3',
      'plan.primary_path_without_predecessors at agent_actions.c.primary_path',
      'plan.unknown_agent at agents.5.agent_name',
      'plan.unknown_key at agent_actions.c.retries',
      'plan.unknown_key at agents.6.colour',
      'plan.unknown_predecessor at agent_actions.a.predecessors.1',
      'plan.user_in_the_loop at agent_actions.nobody.user_in_the_loop',
      'plan.wrong_type at agent_actions.a.primary_path',
      'plan.wrong_type at agents.4',
    ].sort());
    for (const problem of problems) expect(problem.message.length).toBeGreaterThan(20);
  });

  test.each([
    [null, ''], [[], ''], ['text', ''], [{}, 'agents'], [{ agents: [] }, 'agents'], [{ agents: 'a' }, 'agents'], [{ agents: {} }, 'agents'],
    [{ agents: named('a'), agent_actions: [] }, 'agent_actions'], [{ agents: named('a'), agent_actions: { a: null } }, 'agent_actions.a'],
    [{ agents: named('a'), agent_actions: { a: { predecessors: 'b' } } }, 'agent_actions.a.predecessors'],
    [{ agents: named('a'), agent_actions: { a: { predecessors: [{ $gt: '' }] } } }, 'agent_actions.a.predecessors.0'],
    [{ agents: [{ agent_name: { $gt: '' } }] }, 'agents.0.agent_name'], [{ agents: [{ agent_name: '' }] }, 'agents.0.agent_name'],
    [{ agents: [{ agent_name: 'a', model: 3 }] }, 'agents.0.model'],
    [JSON.parse('{"agents":[{"agent_name":"a"}],"agent_actions":{"__proto__":{"predecessors":[]}}}'), 'agent_actions.__proto__'],
  ])('%j has one problem at %j', (definition, path) => {
    expect(problemsOf(definition).map((problem) => problem.path)).toEqual([path]);
  });

  test('an agent that is misspelt gets the nearest name', () => {
    const definition = { agents: named('sumarizer') };
    const problems = compile(definition, { known_agents: [known('translator'), known('Summarizer')] }).problems!;
    expect(problems[0]!.message).toContain('did you mean "Summarizer"?');
  });

  test.each([
    [{}], [null, true], [{ tool: 'x', url: 'https://a.example' }], [{ tool: '' }], [{ tool: 1 }], [{ url: 'ftp://a.example' }], [{ url: 'file:///etc/passwd' }], [{ url: '/relative' }], ['notify'],
  ])('an action_function %j', (action_function, allowed = false) => {
    const compilation = compile({ agents: named('a'), agent_actions: { a: { action_function } } } as never, { known_agents: KNOWN });
    expect(compilation.plan !== undefined).toBe(allowed);
  });

  test('a cycle names its members in the order they would run', () => {
    const problems = problemsOf({ agents: named('a', 'b', 'c'), agent_actions: { a: { predecessors: ['c'] }, b: { predecessors: ['a'] }, c: { predecessors: ['b'] } } });
    expect(codesAt(problems)).toHaveLength(1);
    expect(problems[0]!.code).toBe('plan.cycle');
    expect(problems[0]!.message).toMatch(/"a" -> "b" -> "c" -> "a"|"b" -> "c" -> "a" -> "b"|"c" -> "a" -> "b" -> "c"/);
  });

  test('a cycle that an overlay closes is found', () => {
    const overlays = [{ path: 'agent_actions', agent_actions: { a: { predecessors: ['b'] } } as never }];
    expect(problemsOf({ agents: named('a', 'b'), agent_actions: { b: { predecessors: ['a'] } } }, { overlays }).map((problem) => problem.code)).toEqual(['plan.cycle']);
  });

  test('at most one agent plans, and it waits for nobody', () => {
    expect(codesAt(problemsOf({ agents: named('planner', 'a', 'splitter'), agent_actions: { splitter: { predecessors: ['a'] } } }))).toEqual([
      'plan.several_planners at agents.2', 'plan.planner_with_predecessors at agent_actions.splitter.predecessors',
    ]);
  });

  test('10,001 agents are refused, 10,000 in a chain are not', () => {
    const all = Array.from({ length: 10_001 }, (_, index) => known(`agent ${index}`));
    const agents = named(...all.map((agent) => agent.agent_name));
    expect(compile({ agents }, { known_agents: all }).problems!.map((problem) => problem.code)).toEqual(['plan.too_many_agents']);
    const some = agents.slice(0, 10_000);
    const agent_actions = Object.fromEntries(some.slice(1).map((agent, index) => [agent.agent_name, { predecessors: [some[index]!.agent_name] }]));
    const chain = planOf(compile({ agents: some, agent_actions }, { known_agents: all }));
    expect(chain.nodes[9_999]!.predecessors).toEqual([9_998]);
    agent_actions[some[0]!.agent_name] = { predecessors: [some[9_999]!.agent_name] };
    const closed = compile({ agents: some, agent_actions }, { known_agents: all }).problems!;
    expect(closed.map((problem) => problem.code)).toEqual(['plan.cycle']);
    expect(closed[0]!.message).toContain('9950 more');
  });

  test('more than 100,000 predecessors in all are refused', () => {
    const all = Array.from({ length: 600 }, (_, index) => known(`n${index}`));
    const names = all.map((agent) => agent.agent_name);
    const agent_actions = Object.fromEntries(names.map((name, index) => [name, { predecessors: names.slice(0, index) }]));
    expect(compile({ agents: named(...names), agent_actions }, { known_agents: all }).problems!.map((problem) => problem.code)).toEqual(['plan.too_many_dependencies']);
  });

  test('a name of 10,000 characters does not fill the message', () => {
    expect(problemsOf({ agents: named('x'.repeat(10_000)) })[0]!.message.length).toBeLessThan(300);
  });
});
