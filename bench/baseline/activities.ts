import { Context } from '@temporalio/activity';
import type { mongo } from 'mongoose';
import { scripted } from '../../src/providers/scripted.ts';

interface StepRecord {
  _id: string;
  session_id: string;
  state: 'in_progress' | 'completed';
  output?: string;
  updated_at: Date;
}

export interface StepInput {
  session_id: string;
  step: number;
  delay_ms: number;
  output_bytes: number;
}

/** One model step: marks it in progress, calls the model, stores its answer, gives back a reference. */
export function createActivities(steps: mongo.Collection<StepRecord>) {
  return {
    async runStep({ session_id, step, delay_ms, output_bytes }: StepInput): Promise<string> {
      const _id = `${session_id}/${step}`;
      await steps.updateOne({ _id }, { $set: { session_id, state: 'in_progress', updated_at: new Date() } }, { upsert: true, writeConcern: { w: 1 } });
      const response = await scripted.call({
        model: 'bench',
        instructions: 'Answer.',
        messages: [{ role: 'user', content: 'Go on.' }],
        config: { script: [{ delay_ms, output_bytes }] },
      }, { signal: Context.current().cancellationSignal, attempt: 1, credentials: {}, on_text: () => {}, idle_timeout_ms: 60_000 });
      await steps.updateOne({ _id }, { $set: { state: 'completed', output: response.text, updated_at: new Date() } }, { upsert: true, writeConcern: { w: 'majority' } });
      return _id;
    },
  };
}

export type { StepRecord };
export type runStep = ReturnType<typeof createActivities>['runStep'];
