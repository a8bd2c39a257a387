import { defineSignal } from '@temporalio/workflow';

/** A decision's record changed; the record says how. Sent by whoever won the write, and again by the reconciler. */
export const decisionChanged = defineSignal<[{ decision_uuid: string }]>('decision_changed');
/** `{decision_uuid, action, input?, comment?, answered_by?}`, from the Temporal UI or CLI. */
export const answerDecisionSignal = defineSignal<[unknown]>('answer_decision');
/** `{session_agent_uuid, user_input}`: answers the agent's only pending decision. */
export const userInput = defineSignal<[unknown]>('user_input');
export const pause = defineSignal('pause');
export const resume = defineSignal('resume');
export const cancel = defineSignal('cancel');
