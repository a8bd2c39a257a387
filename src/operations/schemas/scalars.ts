import { z } from 'zod';
import { parseDuration } from '../../plan/duration.ts';
import { schemaFault } from '../../records/json-schema.ts';

/** An identifier in a body; UUIDs are compared in lower case. */
export const Uuid = z.uuid('must be a UUID').toLowerCase();

/** An identifier in a path: one that is no UUID names nothing, which is a 404 and not a wrong shape. */
export const PathUuid = z.string().min(1).max(255).toLowerCase();

export const Name = z.string().trim().min(1, 'must not be empty').max(255, 'must have at most 255 characters');

/** Text that a model or a person reads. */
export const LongText = z.string({ error: ({ input }) => (typeof input === 'object' && input !== null ? 'must be a text; send JSON as text' : undefined) })
  .max(100_000, 'must have at most 100,000 characters');

export const Tags = z.array(z.string().min(1).max(100)).max(50, 'must have at most 50 tags');

type JsonValue = z.core.util.JSONType;

/** Any JSON value: `z.json()` with a name, which a schema that contains itself needs in the documents. */
export const Json: z.ZodType<JsonValue, JsonValue> = z.lazy(() => z.union([
  z.string(), z.number(), z.boolean(), z.null(), z.array(Json), z.record(z.string(), Json),
], { error: ({ input }) => (input === undefined ? 'Required; give any JSON value.' : undefined) })).meta({ id: 'Json', description: 'Any JSON value.' });

/** Any JSON object; kept as text, so its keys are free. */
export const JsonObject = z.record(z.string().max(255), Json);

/** A JSON Schema, refused where nothing could be checked against it. Patterns are those of RE2: no look-around. */
export const JsonSchema = JsonObject.superRefine((schema, context) => {
  const fault = schemaFault(schema);
  if (fault !== null) context.addIssue({ code: 'custom', message: `must be a JSON Schema that can be used: ${fault}` });
});

export const Metadata = z.record(z.string().min(1).max(128), Json)
  .refine((metadata) => Object.keys(metadata).length <= 50, 'must have at most 50 keys')
  .refine((metadata) => JSON.stringify(metadata).length <= 65_536, 'must have at most 65,536 characters as JSON');

/** `30s`, `5m`, `1h`, ISO 8601, or milliseconds. */
const DurationText = z.union([z.string().max(50), z.number()]);

export const Duration = DurationText
  .refine((value) => parseDuration(value) !== undefined, 'must be a duration of at most 366 days such as 30s, 5m, 1h or PT10M, or milliseconds');

export const LONGEST_WAIT_MS = 60_000;

/** How long a request may wait. */
export const WaitDuration = DurationText
  .refine((value) => (parseDuration(value) ?? Infinity) <= LONGEST_WAIT_MS, 'must be a duration of at most 60s, such as 30s; ask again for longer, or listen to the stream');

export const Time = z.iso.datetime();

/** A time that a caller gives, with any offset. */
export const GivenTime = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z' }).transform((text) => new Date(text));

/** `vendor/model`. */
export const ModelName = z.string().max(255).regex(/^[^/\s]+\/\S+$/, 'must be vendor/model, for example openai/gpt-5-mini');

/** What a list answers. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ data: z.array(item), next: z.string().nullable().describe('Value for `after` of the next page; null on the last one.') });
}

export const Nothing = z.null();
