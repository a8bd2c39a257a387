type Schema = Record<string, unknown>;

const MAX_DEPTH = 32;

/**
 * A small value that fits a JSON Schema: every property that it names, one item a list, `text` for strings where it
 * fits. Reads the keywords that describe shape; `pattern`, `not` and the conditional ones are left to the validator.
 */
export function minimalInstance(schema: Schema, text: string): unknown {
  return valueOf(schema, { root: schema, text, depth: 0 });
}

interface Context {
  root: Schema;
  text: string;
  depth: number;
}

function valueOf(schema: unknown, context: Context): unknown {
  if (!isSchema(schema) || context.depth > MAX_DEPTH) return schema === false ? null : context.text;
  const inner = { ...context, depth: context.depth + 1 };
  if (typeof schema.$ref === 'string') return valueOf({ ...resolve(schema.$ref, context.root), ...without(schema, '$ref') }, inner);
  for (const known of ['const', 'default'] as const) if (known in schema) return schema[known];
  for (const list of [schema.enum, schema.examples]) if (Array.isArray(list) && list.length > 0) return list[0];
  const choices = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(choices)) return valueOf(merge(without(without(schema, 'oneOf'), 'anyOf'), choices[0]), inner);
  if (Array.isArray(schema.allOf)) return valueOf(schema.allOf.reduce<Schema>(merge, without(schema, 'allOf')), inner);

  switch (typeOf(schema)) {
    case 'object': return objectOf(schema, inner);
    case 'array': return arrayOf(schema, inner);
    case 'string': return stringOf(schema, context.text);
    case 'number': case 'integer': return numberOf(schema);
    case 'boolean': return true;
    case 'null': return null;
    default: return context.text;
  }
}

function typeOf(schema: Schema): unknown {
  const type = Array.isArray(schema.type) ? (schema.type.find((each) => each !== 'null') ?? schema.type[0]) : schema.type;
  if (type !== undefined) return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : undefined;
}

function objectOf(schema: Schema, context: Context): Record<string, unknown> {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  // Deep down only what is required, or a schema that refers to itself would never end.
  const names = context.depth > 8 ? required : [...new Set([...Object.keys(properties), ...required])];
  return Object.fromEntries(names.map((name) => [name, valueOf(properties[name] ?? {}, context)]));
}

function arrayOf(schema: Schema, context: Context): unknown[] {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const least = numeric(schema.minItems) ?? (context.depth > 8 ? 0 : Math.max(1, prefix.length));
  const count = Math.min(least, numeric(schema.maxItems) ?? least, 1000);
  return Array.from({ length: count }, (_, index) => {
    const item = prefix[index] ?? schema.items ?? {};
    const values = isSchema(item) && Array.isArray(item.enum) ? item.enum : null;
    return values ? values[index % values.length] : valueOf(item, context);
  });
}

function stringOf(schema: Schema, text: string): string {
  switch (schema.format) {
    case 'date-time': return '2026-01-01T00:00:00Z';
    case 'date': return '2026-01-01';
    case 'time': return '00:00:00Z';
    case 'duration': return 'PT1S';
    case 'email': return 'agent@example.com';
    case 'uri': case 'url': return 'https://example.com/';
    case 'uuid': return '00000000-0000-4000-8000-000000000000';
  }
  return text.slice(0, numeric(schema.maxLength) ?? text.length).padEnd(Math.min(numeric(schema.minLength) ?? 0, 100_000), '.');
}

function numberOf(schema: Schema): number {
  const step = numeric(schema.multipleOf) ?? (typeOf(schema) === 'integer' ? 1 : 0);
  const above = numeric(schema.exclusiveMinimum);
  const below = numeric(schema.exclusiveMaximum);
  const least = numeric(schema.minimum) ?? (above === undefined ? undefined : above + (step || 0.5));
  const most = numeric(schema.maximum) ?? (below === undefined ? undefined : below - (step || 0.5));
  const wanted = Math.min(Math.max(1, least ?? 1), most ?? Infinity);
  return step ? (least === undefined ? Math.floor(wanted / step) : Math.ceil(wanted / step)) * step : wanted;
}

function resolve(reference: string, root: Schema): Schema {
  let at: unknown = root;
  for (const part of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isSchema(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return isSchema(at) ? at : {};
}

function merge(one: Schema, other: unknown): Schema {
  if (!isSchema(other)) return one;
  const required = [...new Set([one.required, other.required].filter(Array.isArray).flat())];
  const properties = { ...(one.properties as Schema), ...(other.properties as Schema) };
  return {
    ...one, ...other,
    ...(required.length > 0 ? { required } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  };
}

function without(schema: Schema, key: string): Schema {
  const { [key]: _, ...rest } = schema;
  return rest;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
