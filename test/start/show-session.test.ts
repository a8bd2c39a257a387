import { expect, test } from '@jest/globals';
import { sessionPrinter } from '../../src/sample/show-session.ts';

const OUTPUTS: Record<string, string> = { a: 'One two three', b: 'Uno due tre' };

/** What stands on the terminal after these events. */
async function printed(...events: Array<[event: string, data: Record<string, unknown>]>): Promise<string> {
  let text = '';
  const show = sessionPrinter({
    resultOf: async (uuid) => ({ agent_output: OUTPUTS[uuid]!, model: 'm', usage: { input_tokens: 1, output_tokens: 3 }, cost_usd: '0' }),
    write: (more) => (text += more),
  });
  for (const [event, data] of events) await show({ id: undefined, event, data });
  return text.replace(/\$0, \d+\.\d s$/gm, '$$0, _ s');
}

const started = (uuid: string): [string, Record<string, unknown>] => ['agent.started', { data: { session_agent_uuid: uuid, agent_name: uuid.toUpperCase() } }];
const text = (uuid: string, words: string): [string, Record<string, unknown>] => ['text', { session_agent_uuid: uuid, text: words }];
const completed = (uuid: string): [string, Record<string, unknown>] => ['agent.completed', { data: { session_agent_uuid: uuid } }];

test('text comes as it streams, its last words with the end', async () => {
  expect(await printed(started('a'), text('a', 'One '))).toBe('  A started\nA: One ');
  expect(await printed(started('a'), text('a', 'One '), completed('a'))).toBe('  A started\nA: One two three\n  A finished: m, 1 tokens in, 3 out, $0, _ s\n');
});

test('of two that speak at once one is heard after the other, with its start and its end', async () => {
  expect(await printed(started('a'), text('a', 'One '), started('b'), text('b', 'Uno '), completed('b'), text('a', 'two '), completed('a'))).toBe(
    '  A started\nA: One two three\n  A finished: m, 1 tokens in, 3 out, $0, _ s\n'
    + '  B started\nB: Uno due tre\n  B finished: m, 1 tokens in, 3 out, $0, _ s\n',
  );
});

test('one that is still speaking goes on where the one before has ended', async () => {
  expect(await printed(started('a'), started('b'), text('a', 'One '), text('b', 'Uno '), completed('a'), text('b', 'due '))).toBe(
    '  A started\n  B started\nA: One two three\n  A finished: m, 1 tokens in, 3 out, $0, _ s\nB: Uno due ',
  );
});

test('an agent that fails in mid-sentence does not silence the others', async () => {
  const failed: [string, Record<string, unknown>] = ['agent.failed', { message: 'A: it broke', data: { session_agent_uuid: 'a' } }];
  expect(await printed(started('a'), started('b'), text('a', 'One '), text('b', 'Uno '), failed, completed('b'))).toBe(
    '  A started\n  B started\nA: One \n  A: it broke\nB: Uno due tre\n  B finished: m, 1 tokens in, 3 out, $0, _ s\n',
  );
});

test('a call that is made again says why and when, and its text begins anew', async () => {
  const retrying: [string, Record<string, unknown>] = ['agent.retrying', { message: 'A will try again: cut', data: { session_agent_uuid: 'a', code: 'provider.stream_cut', next_in_ms: 1_500 } }];
  expect(await printed(started('a'), text('a', 'One tw'), retrying, text('a', 'One '), completed('a'))).toBe(
    '  A started\nA: One tw\n  A will try again: cut (provider.stream_cut); next try in 1.5 s\nA: One two three\n  A finished: m, 1 tokens in, 3 out, $0, _ s\n',
  );
});

test('what nobody has heard of a call that is made again is said once', async () => {
  const retrying: [string, Record<string, unknown>] = ['agent.retrying', { message: 'B will try again: cut', data: { session_agent_uuid: 'b' } }];
  expect(await printed(started('a'), started('b'), text('a', 'One '), text('b', 'Uno'), retrying, retrying, text('b', 'Uno due '), completed('a'), completed('b'))).toBe(
    '  A started\n  B started\nA: One two three\n  A finished: m, 1 tokens in, 3 out, $0, _ s\n'
    + '  B will try again: cut\n  B will try again: cut\nB: Uno due tre\n  B finished: m, 1 tokens in, 3 out, $0, _ s\n',
  );
});
