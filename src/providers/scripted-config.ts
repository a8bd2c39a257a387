import { z } from 'zod';
import type { ProviderErrorCode } from './provider-error.ts';

const ERROR_CODES = [
  'provider.rate_limited', 'provider.overloaded', 'provider.server_error', 'provider.unreachable', 'provider.stream_cut',
  'provider.idle', 'provider.deadline', 'provider.auth', 'provider.billing', 'provider.unknown_model', 'provider.bad_request',
  'provider.context_exceeded', 'provider.refused', 'provider.output_invalid', 'provider.not_configured',
] as const satisfies readonly ProviderErrorCode[];

const milliseconds = z.int().min(0).max(3_600_000);

export const ScriptEntry = z.strictObject({
  when: z.string().max(10_000).optional().describe('Used only where the instructions or a message contain this text.'),
  times: z.int().min(1).max(1000).optional().describe('Used only for the first n attempts of a call.'),
  text: z.string().max(1_000_000).optional().describe('The answer.'),
  json: z.json().optional().describe('The answer, written as JSON text.'),
  echo: z.boolean().optional().describe('Answers with the prompt as the model sees it.'),
  output_bytes: z.int().min(0).max(20_000_000).optional().describe('Answers with this many characters.'),
  delay_ms: milliseconds.optional().describe('Waits before the first word.'),
  chunk_ms: milliseconds.optional().describe('Streams word by word, this far apart.'),
  error: z.strictObject({
    code: z.enum(ERROR_CODES),
    message: z.string().max(1000).optional(),
    retry_after_ms: milliseconds.optional(),
  }).optional().describe('Fails so, after `delay_ms`.'),
  hang: z.literal(true).optional().describe('Sends nothing until the call is given up.'),
  cut: z.literal(true).optional().describe('Breaks off in the middle of the answer.'),
}).describe('One answer; the first that matches is used.');

export type ScriptEntry = z.infer<typeof ScriptEntry>;

/** The part of an agent's `config` that the `scripted` provider reads; other members are left to others. */
export const ScriptedConfig = z.looseObject({
  script: z.array(ScriptEntry).max(1000).optional(),
});
