/** What the workflow learns of a step: never its contents. */
export interface StepResult {
  usage: { input_tokens: number; output_tokens: number; cost_nano_usd: number };
  /** Set where a person has to look at the output first. */
  decision?: AskedDecision;
}

export interface AskedDecision {
  decision_uuid: string;
  /** Milliseconds, or null for never. */
  expires_at: number | null;
  /** It was answered before it was asked this time, as after a reset: nobody will tell of that again. */
  settled?: true;
}
