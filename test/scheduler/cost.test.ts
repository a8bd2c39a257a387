import { expect, test } from '@jest/globals';
import type { CompactNode } from '../../src/plan/compact-plan.ts';
import type { Command } from '../../src/scheduler/commands.ts';
import type { SchedulerEvent } from '../../src/scheduler/events.ts';
import { drive, ERROR, node, type DrivenOptions } from './session-driver.ts';

/** Counts every look at a property and every change of one, in a thing and in all that it holds. */
function counter(): { watch: NonNullable<DrivenOptions['watch']>; count: () => number } {
  let count = 0;
  const seen = new WeakMap<object, object>();
  const watch = <T extends object>(thing: T): T => {
    const known = seen.get(thing);
    if (known !== undefined) return known as T;
    const watched = new Proxy(thing, {
      get(target, key, receiver) {
        count += 1;
        const value = Reflect.get(target, key, receiver) as unknown;
        return typeof value === 'object' && value !== null ? watch(value) : value;
      },
      set(target, key, value, receiver) {
        count += 1;
        return Reflect.set(target, key, value, receiver);
      },
      ownKeys(target) {
        const keys = Reflect.ownKeys(target);
        count += keys.length;
        return keys;
      },
    });
    seen.set(thing, watched);
    return watched;
  };
  return { watch, count: () => count };
}

/** What a session of these nodes costs until it finishes; `respond` says what comes of each command. */
function costOf(nodes: CompactNode[], respond: (command: Command) => SchedulerEvent[], start: SchedulerEvent[] = []): number {
  const { watch, count } = counter();
  const { task } = drive(nodes, { watch });
  let now = 1_000;
  const waiting: SchedulerEvent[] = [...start];
  let head = 0;
  let commands = task([], { now });
  for (let tasks = 0; tasks < nodes.length * 10; tasks += 1) {
    for (const command of commands) waiting.push(...respond(command));
    if (commands.some(({ type }) => type === 'finish')) return count();
    // Each event comes in a task of its own: the dearest way. Time passes only once nothing else happens.
    const event = head < waiting.length ? waiting[head++]! : null;
    now += event === null ? 60_000 : 1;
    commands = task([event ?? { type: 'time_passed' }], { now });
  }
  throw new Error('the session does not finish');
}

const completes = (command: Command): SchedulerEvent[] => (command.type === 'launch' ? [{ type: 'step_completed', instance: command.instance }] : []);

/** The event that follows each command where every step asks a person before it runs. */
const answers = (command: Command): SchedulerEvent[] => {
  if (command.type === 'ask') {
    const decision_uuid = `d${command.instance}`;
    return [{ type: 'decision_asked', instance: command.instance, decision: { decision_uuid, expires_at: 3_600_000 } }];
  }
  if (command.type === 'settle') return [{ type: 'decision_settled', decision_uuid: command.decision_uuid, outcome: { kind: 'go_on' } }];
  return completes(command);
};

const chain = (size: number): CompactNode[] => Array.from({ length: size }, (_, index) => node(`n${index}`, index === 0 ? [] : [index - 1]));
const wide = (size: number): CompactNode[] => Array.from({ length: size }, (_, index) => node(`n${index}`));
const gathered = (size: number): CompactNode[] => [...wide(size - 1), node('all', [...Array(size - 1).keys()])];
const asking = (size: number): CompactNode[] => Array.from({ length: size }, (_, index) => node(`n${index}`, [], { b: 1 }));
/** Each person answers once all have been asked. */
const answersOf = (size: number): SchedulerEvent[] => Array.from({ length: size }, (_, index) => ({ type: 'decision_changed', decision_uuid: `d${index}` }));

const shapes: Array<[string, (size: number) => number]> = [
  ['a chain', (size) => costOf(chain(size), completes)],
  ['a wide run', (size) => costOf(wide(size), completes)],
  ['a fan-in', (size) => costOf(gathered(size), completes)],
  ['a chain whose first step fails', (size) => costOf(chain(size), (command) => (command.type === 'launch' ? [{ type: 'step_failed', instance: command.instance, error: ERROR }] : []))],
  ['a wide run that is cancelled', (size) => costOf(wide(size), (command) => (command.type === 'launch' ? [{ type: 'step_cancelled', instance: command.instance }] : []), [{ type: 'stopped', why: 'cancelled' }])],
  ['a person asked before each of many steps', (size) => {
    let asked = 0;
    return costOf(asking(size), (command) => {
      if (command.type === 'ask') asked += 1;
      return asked === size && command.type === 'ask' ? [...answers(command), ...answersOf(size)] : answers(command);
    });
  }],
  ['a vendor that is away once for each of many steps', (size) => {
    const away = new Set<number>();
    return costOf(wide(size), (command) => {
      if (command.type !== 'launch' || away.has(command.instance)) return completes(command);
      away.add(command.instance);
      return [{ type: 'step_failed', instance: command.instance, error: ERROR, again: { tried: true } }];
    });
  }],
];

test.each(shapes)('%s of 10,000 steps costs each step a bounded number of operations, as much as one of 1,000', (_, cost) => {
  const small = cost(1_000) / 1_000;
  const large = cost(10_000) / 10_000;
  expect(large).toBeLessThan(400);
  expect(large).toBeLessThan(small * 1.5);
});

test('the count sees a cost that grows', () => {
  const { watch, count } = counter();
  const state = watch({ list: Array.from({ length: 1_000 }, (_, index) => index), map: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index])) });
  expect(state.list.includes(-1)).toBe(false);
  expect(count()).toBeGreaterThan(1_000);
  expect(Object.keys(state.map)).toHaveLength(1_000);
  expect(count()).toBeGreaterThan(2_000);
});
