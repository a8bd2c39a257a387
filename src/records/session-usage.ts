import { SessionRunModel } from './session-run.ts';
import type { SessionRow } from './session.ts';

/** What every answered call of a session used, those of steps that failed or were cancelled and those before a reset too. */
export async function sessionUsage({ partition_key, session_uuid }: Pick<SessionRow, 'partition_key' | 'session_uuid'>): Promise<Pick<SessionRow, 'usage' | 'cost_nano_usd'>> {
  const [sum] = await SessionRunModel.aggregate<SessionRow['usage'] & { cost_nano_usd: number }>([
    { $match: { partition_key, session_uuid } },
    {
      $group: {
        _id: null,
        input_tokens: { $sum: '$usage.input_tokens' },
        output_tokens: { $sum: '$usage.output_tokens' },
        cost_nano_usd: { $sum: '$cost_nano_usd' },
      },
    },
  ]);
  const { input_tokens = 0, output_tokens = 0, cost_nano_usd = 0 } = sum ?? {};
  return { usage: { input_tokens, output_tokens }, cost_nano_usd };
}
