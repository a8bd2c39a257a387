import { answerDecision } from './answer-decision.ts';
import { askDecision } from './ask-decision.ts';
import { beginSession } from './begin-session.ts';
import { callModel } from './call-model.ts';
import { endSession } from './end-session.ts';
import { expandSession } from './expand-session.ts';
import { loadPlanPage } from './load-plan-page.ts';
import type { Services } from './services.ts';
import { settleDecision } from './settle-decision.ts';
import { writeProgress } from './write-progress.ts';

/** Every activity, by the name under which workflows call it and the Temporal UI shows it. */
export function createActivities(services: Services) {
  return {
    beginSession: beginSession(services),
    loadPlanPage: loadPlanPage(),
    callModel: callModel(services),
    askDecision: askDecision(),
    settleDecision: settleDecision(services),
    answerDecision: answerDecision(),
    expandSession: expandSession(),
    writeProgress: writeProgress(services),
    endSession: endSession(services),
  };
}

export type Activities = ReturnType<typeof createActivities>;
