export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
  description?: string;
}

/** "Any JSON value" is a schema of its own only because it contains itself. */
export function isAnyJson(name: string): boolean {
  return name === 'Json';
}

/** A JSON Schema in words, in one line: `list of uuid (at most 50)`. */
export function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)!;
    return isAnyJson(name) ? 'any JSON' : `[${name}](schemas.md#${name.toLowerCase()})`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({ ...schema, type })).join(' or ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}${most(schema.maxItems)}`;
  if (schema.type === 'object') return objectText(schema);
  if (schema.type === 'string') return schema.format ?? `text${most(schema.maxLength)}`;
  if (schema.type === 'integer' || schema.type === 'number') return numberText(schema);
  return schema.type ?? 'any JSON';
}

function objectText({ properties, additionalProperties }: JsonSchema): string {
  if (properties !== undefined) return `object of ${Object.entries(properties).map(([name, part]) => `\`${name}\` (${typeText(part)})`).join(', ')}`;
  if (typeof additionalProperties === 'object') return `object; values: ${typeText(additionalProperties)}`;
  return 'object';
}

function most(count: number | undefined): string {
  return count === undefined ? '' : ` (at most ${count.toLocaleString('en')})`;
}

function numberText({ type, minimum, maximum }: JsonSchema): string {
  const name = type === 'integer' ? 'whole number' : 'number';
  // zod bounds every integer by what a double holds exactly.
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (low !== undefined && high !== undefined) return `${name} (${low} to ${high.toLocaleString('en')})`;
  if (low !== undefined) return `${name} from ${low}`;
  return high === undefined ? name : `${name} up to ${high.toLocaleString('en')}`;
}

/** The rows of a table of fields: name, type, what it is and its default. */
export function fieldRows(properties: Record<string, JsonSchema>, required: readonly string[] = []): string[][] {
  return Object.entries(properties).map(([name, schema]) => {
    const fallback = schema.default === undefined || schema.default === null ? '' : `Default: \`${JSON.stringify(schema.default)}\`.`;
    return [`\`${name}\`${required.includes(name) ? ' (required)' : ''}`, typeText(schema), [schema.description ?? '', fallback].filter(Boolean).join(' ')];
  });
}
