import { parseDuration } from './duration.ts';
import { DECISION_ACTIONS, type DecisionAction, type UserInTheLoop } from './plan.ts';
import { isRecord, quote, refuseUnknownKeys, type Problem } from './problem.ts';

const KEYS = ['when', 'actions', 'question', 'input_schema', 'expires_in', 'default_action'] as const;

/** Before a run there is no output yet that could be edited. */
const ALLOWED: Record<UserInTheLoop['when'], DecisionAction[]> = {
  before: ['answer', 'approve', 'reject'],
  after: ['answer', 'approve', 'edit', 'reject'],
};

const MAX_QUESTION_CHARACTERS = 10_000;

/** Reads `user_in_the_loop` in all its forms; null where nobody is asked. Adds what is wrong to `problems`. */
export function readUserInTheLoop(value: unknown, path: string, problems: Problem[]): UserInTheLoop | null {
  if (value === undefined || value === null || value === false) return null;
  if (value === true || value === 'after') return asked('after');
  if (value === 'before') return asked('before');
  const wrong = (where: string, message: string) => problems.push({ path: where ? `${path}.${where}` : path, code: 'plan.user_in_the_loop', message });
  if (!isRecord(value)) {
    wrong('', `${quote(value)} is not a way to ask; give true, false, "before", "after" or an object with ${KEYS.join(', ')}.`);
    return null;
  }
  refuseUnknownKeys(value, KEYS, { path, problems });

  const when = value.when ?? 'after';
  if (when !== 'before' && when !== 'after') {
    wrong('when', `${quote(when)} is not a moment to ask; give "before" or "after".`);
    return null;
  }
  const loop = asked(when);
  if (value.actions !== undefined) loop.allowed_actions = readActions(value.actions, when, wrong);
  if (value.question !== undefined && value.question !== null) {
    if (typeof value.question === 'string' && value.question.length > 0 && value.question.length <= MAX_QUESTION_CHARACTERS) loop.question = value.question;
    else wrong('question', `Give the question as a text of 1 to ${MAX_QUESTION_CHARACTERS} characters, or leave it out.`);
  }
  if (value.input_schema !== undefined && value.input_schema !== null) {
    if (isRecord(value.input_schema)) loop.input_schema = value.input_schema;
    else wrong('input_schema', 'Give a JSON Schema as an object, or leave it out where any text will do.');
  }
  if (value.expires_in !== undefined && value.expires_in !== null) {
    const ms = parseDuration(value.expires_in);
    if (ms === undefined) wrong('expires_in', `${quote(value.expires_in)} is not a duration up to 366 days; write 30s, 5m, 1h, ISO 8601 such as PT1H, or a number of milliseconds.`);
    else loop.expires_in_ms = ms;
  }
  if (value.default_action !== undefined && value.default_action !== null) {
    loop.default_action = readDefaultAction(value, loop, { path, problems });
  }
  return loop;
}

function asked(when: UserInTheLoop['when']): UserInTheLoop {
  return { when, question: null, allowed_actions: [...ALLOWED[when]], input_schema: null, expires_in_ms: null, default_action: null };
}

function readActions(value: unknown, when: UserInTheLoop['when'], wrong: (where: string, message: string) => void): DecisionAction[] {
  if (!Array.isArray(value) || value.length === 0) {
    wrong('actions', `List at least one of ${ALLOWED[when].join(', ')}, or leave actions out to allow them all.`);
    return [...ALLOWED[when]];
  }
  value.forEach((action, index) => {
    if (ALLOWED[when].includes(action)) return;
    const reason = DECISION_ACTIONS.includes(action) ? `${quote(action)} needs an output, and "before" has none yet` : `${quote(action)} is not an action`;
    wrong(`actions.${index}`, `${reason}; the actions here are ${ALLOWED[when].join(', ')}.`);
  });
  // The table's order, each once: two spellings of one set give one plan.
  return ALLOWED[when].filter((action) => value.includes(action));
}

function readDefaultAction(value: Record<string, unknown>, loop: UserInTheLoop, where: { path: string; problems: Problem[] }): DecisionAction | null {
  const action = value.default_action as DecisionAction;
  const path = `${where.path}.default_action`;
  const wrong = (message: string) => {
    where.problems.push({ path, code: 'plan.default_action', message });
    return null;
  };
  if (!loop.allowed_actions.includes(action)) return wrong(`${quote(action)} is not among the actions ${loop.allowed_actions.join(', ')}; add it to actions or name one of them.`);
  if (action === 'edit') return wrong('An edit needs an edited text, which an expired decision has not; give "approve" or "reject".');
  if (value.expires_in === undefined || value.expires_in === null) return wrong('It would never be taken: the decision does not expire. Add expires_in, or remove default_action.');
  return action;
}
