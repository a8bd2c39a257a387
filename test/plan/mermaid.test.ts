import { expect, test } from '@jest/globals';
import { compile } from '../../src/plan/compile.ts';
import { mermaid } from '../../src/plan/mermaid.ts';
import { known, named } from './fixture-agents.ts';

test('draws nodes, edges, the primary path, who plans and who asks', () => {
  const plan = compile({
    agents: named('plan', 'Search A', 'Write'),
    agent_actions: { Write: { predecessors: ['Search A', 'plan'], primary_path: true, user_in_the_loop: 'before' } },
  }, { known_agents: [known('plan', 'planning'), known('Search A'), known('Write')] }).plan!;
  expect(mermaid(plan)).toBe([
    'flowchart TD', '  n0{{"plan"}}', '  n1["Search A"]', '  n2["Write<br/>asks a person before"]', '  n1 ==> n2', '  n0 --> n2', '',
  ].join('\n'));
});

test('a name cannot end its label, start a line or carry markup', () => {
  const name = 'a"]\n click n0 "javascript:x" <b>#quot;Ünï 日本';
  const text = mermaid(compile({ agents: named(name) }, { known_agents: [known(name)] }).plan!);
  expect(text.split('\n')).toHaveLength(3);
  expect(text.split('\n')[1]).toMatch(/^ {2}n0\["[\p{L}\p{N} _#;-]+"\]$/u);
  expect(text).toContain('Ünï 日本');
});
