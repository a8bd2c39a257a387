/** How grave an event is (seed 002, section 5). */
export const EVENT_SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type EventSeverity = (typeof EVENT_SEVERITIES)[number];

/** Every type of event: its severity and when it is written. The reference page of the docs is made from this table. */
export const EVENT_TYPES = {
  'session.created': ['info', 'The session was accepted and its record written.'],
  'session.started': ['info', 'The workflow of the session began; its plan and its agents are pinned.'],
  'session.planned': ['info', 'The planning agent named the subtasks; `data.subtask_queries` counts them.'],
  'session.waiting': ['info', 'Nothing can move until a person answers.'],
  'session.resumed': ['info', 'The session goes on, after a pause or an answer.'],
  'session.paused': ['info', 'The session was paused: running calls finish, nothing new starts.'],
  'session.cancel_requested': ['info', 'Somebody asked for the session to be cancelled.'],
  'session.reopened': ['warning', 'The workflow was reset from outside; the session goes on from there.'],
  'session.ended': ['info', 'The last event of a session; `data.status` says how it ended, `data.error` why where it failed.'],
  'agent.started': ['info', 'An agent began one of its subtasks.'],
  'agent.retrying': ['warning', 'A model call failed and will be tried again; `data.code` says why.'],
  'agent.completed': ['info', 'An agent gave its output; `data` has usage and cost.'],
  'agent.failed': ['error', 'An agent failed; `data.error` says why, as `error` of the session agent does.'],
  'agent.skipped': ['info', 'An agent will not run because an input of it will never be there.'],
  'agent.cancelled': ['info', 'An agent was cancelled with its session.'],
  'agent.waiting': ['warning', 'An agent waits for its next try: its model vendor is away, or no worker could carry it out.'],
  'decision.requested': ['info', 'A person is asked; `data.decision_uuid` names the decision.'],
  'decision.answered': ['info', 'A person answered; `data.action` says what.'],
  'decision.expired': ['warning', 'A decision expired; its default action was taken, or its step failed.'],
  'decision.refused': ['warning', 'An answer was refused; `message` says why. Nothing changed.'],
} as const satisfies Record<string, readonly [EventSeverity, string]>;

export type EventType = keyof typeof EVENT_TYPES;

/** The event after which a stream of a session ends. */
export const LAST_EVENT: EventType = 'session.ended';
