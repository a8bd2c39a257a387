import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/plan/compile.ts';
import { fillPlaceholders } from '../../src/plan/placeholders.ts';
import { expand, expandPlanned } from '../../src/plan/subtask-queries.ts';
import { known, named } from './fixture-agents.ts';

const KNOWN = [known('a'), known('b'), known('planner', 'planning'), known('judge', 'judge')];
const plain = compile({ agents: named('a', 'b', 'judge') }, { known_agents: KNOWN }).plan!;
const planned = compile({ agents: named('a', 'planner', 'b') }, { known_agents: KNOWN }).plan!;

describe('the instances of a session', () => {
  test('without subtask queries each agent has one with the task query', () => {
    const all = { instances: [0, 1, 2].map((node) => ({ node, ordinal: 0, query: 'do {it}' })), needs_planning: false };
    expect(expand(plain, undefined, 'do {it}')).toEqual(all);
    expect(expand(plain, [], 'do {it}')).toEqual(all);
  });

  test('with subtask queries each has one instance, and an agent without any has none', () => {
    expect(expand(plain, [{ agent_name: 'b', subtask_query: 'x' }, { agent_uuid: 'uuid-of-a', subtask_query: 'y' }, { agent_name: 'b', subtask_query: 'z' }], 'q')).toEqual({
      instances: [{ node: 0, ordinal: 0, query: 'y' }, { node: 1, ordinal: 0, query: 'x' }, { node: 1, ordinal: 1, query: 'z' }],
      needs_planning: false,
    });
  });

  test('without subtask queries an agent that plans is alone at first', () => {
    expect(expand(planned, null, 'q')).toEqual({ instances: [{ node: 1, ordinal: 0, query: 'q' }], needs_planning: true });
    expect(expand(planned, [{ agent_name: 'a', subtask_query: 'x' }], 'q')).toEqual({ instances: [{ node: 0, ordinal: 0, query: 'x' }], needs_planning: false });
  });

  test('a plan gives the other instances, its texts as they are', () => {
    expect(expandPlanned(planned, [{ agent_name: 'b', subtask_query: 'say {name}' }])).toEqual({ instances: [{ node: 2, ordinal: 0, query: 'say {name}' }], needs_planning: false });
    expect(expandPlanned(planned, [{ agent_name: 'planner', subtask_query: 'again' }]).problems?.map((problem) => problem.code)).toEqual(['plan.planner_in_plan']);
  });

  test('every wrong entry is reported at its place', () => {
    const queries = [{ agent_name: 'ghost', subtask_query: 'x' }, { subtask_query: 'x' }, { agent_name: 'a', subtask_query: '' }, 7, { agent_name: 'a', subtask_query: 'x', extra: 1 }, { agent_uuid: { $gt: '' }, subtask_query: '{n}' }];
    expect(expand(plain, queries as never, '{"m": 1}').problems?.map((problem) => `${problem.code} at ${problem.path}`)).toEqual([
      'plan.unknown_subtask_agent at subtask_queries.0.agent_name',
      'plan.agent_reference at subtask_queries.1',
      'plan.empty_subtask_query at subtask_queries.2.subtask_query',
      'plan.wrong_type at subtask_queries.3',
      'plan.unknown_key at subtask_queries.4.extra',
      'plan.unknown_subtask_agent at subtask_queries.5.agent_uuid',
      'plan.missing_placeholder at subtask_queries.5.subtask_query',
    ]);
    expect(expand(plain, 'all' as never, 'q').problems).toHaveLength(1);
  });

  test('10,000 instances are allowed, 10,001 are not', () => {
    const queries = Array.from({ length: 10_001 }, () => ({ agent_name: 'a', subtask_query: 'x' }));
    expect(expand(plain, queries, 'q').problems?.map((problem) => problem.code)).toEqual(['plan.too_many_instances']);
    expect(expand(plain, queries.slice(1), 'q').instances?.at(-1)).toEqual({ node: 0, ordinal: 9_999, query: 'x' });
  });
});

describe('placeholders', () => {
  test('are filled once from the own keys of a JSON task query; other braces stay', () => {
    const result = expand(plain, [{ agent_name: 'a', subtask_query: '{x} {n} {b} {"x"} {x y} {} {{x}} $& {1}' }], '{"x": "{n}", "n": 1.5, "b": false}');
    expect(result.instances?.[0]?.query).toBe('{n} 1.5 false {"x"} {x y} {} {{n}} $& {1}');
  });

  test('a task query that is no JSON object fills nothing', () => {
    for (const query of ['plain', '[1]', '3', 'null', '']) expect(expand(plain, [{ agent_name: 'a', subtask_query: '{x}' }], query).instances?.[0]?.query).toBe('{x}');
  });

  test('every missing one is named once; null, a list and an object are refused', () => {
    const values = JSON.parse('{"list": [], "object": {}, "nothing": null}') as Record<string, unknown>;
    const { problems } = fillPlaceholders('{gone} {gone} {toString} {__proto__} {list} {object} {nothing}', values, 'p');
    expect(problems?.map((problem) => problem.code)).toEqual([...Array(3).fill('plan.missing_placeholder'), ...Array(3).fill('plan.placeholder_not_scalar')]);
    expect(problems?.map((problem) => problem.message).join(' ')).toMatch(/gone.*toString.*__proto__.*a list.*an object.*null/);
  });
});
