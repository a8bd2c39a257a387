import { z } from 'zod';
import type { PageRequest } from '../../records/page.ts';
import { metadataEntry } from '../../records/metadata-index.ts';
import { GivenTime } from './scalars.ts';

/** Fields that every list takes. */
export const LIST_FIELDS = {
  limit: z.int().min(1, 'must be 1 to 100').max(100, 'must be 1 to 100').default(20),
  after: z.string().min(1).max(1_000).optional().describe('The `next` of the page before.'),
  order: z.enum(['created_at', '-created_at']).default('created_at'),
};

/** Fields of lists whose rows carry metadata. */
export const FILTER_FIELDS = {
  created_after: GivenTime.optional(),
  metadata: z.record(z.string().min(1).max(128), z.string().max(500)).optional(),
};

export function pageRequest(input: { limit: number; after?: string | undefined; order: 'created_at' | '-created_at' }): PageRequest {
  return { limit: input.limit, after: input.after, order: input.order };
}

export function metadataEntries(metadata: Record<string, string> | undefined): string[] {
  return Object.entries(metadata ?? {}).map(([key, value]) => metadataEntry(key, value));
}
