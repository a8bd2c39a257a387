type Schema = Record<string, unknown>;

/** A small model fills whatever room it is given, so what the schema leaves open is bounded here. */
const MAX_STRING = 240;
const MAX_ITEMS = 4;
const MAX_ENUMERATED = 128;
/** llama.cpp refuses 2,000. */
const MAX_REPETITIONS = 1000;

const DIGITS = '("0" | [1-9] [0-9]{0,8})';
const DATE = '"20" [0-9]{2} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])';
const TIME = '("0" [0-9] | "1" [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"';
const FORMATS: Record<string, string> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE} "T" ${TIME}`,
  duration: '"PT" [1-9] [0-9]{0,3} "S"',
  email: '[a-z] [a-z0-9.]{0,20} [a-z] "@example.com"',
  uri: '"https://example.com/" [a-z0-9/-]{0,60}',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-4" [0-9a-f]{3} "-8" [0-9a-f]{3} "-" [0-9a-f]{12}',
};

/**
 * A GBNF grammar whose every sentence is one line of JSON with the shape of a JSON Schema: its own writer, because
 * node-llama-cpp's leaves strings, lists and trailing newlines unbounded, and knows neither bounds of numbers nor `anyOf`.
 * `pattern`, `not`, `uniqueItems` and the conditional keywords are left to the validator.
 */
export function jsonGrammar(schema: Schema): string {
  const grammar: Grammar = { root: schema, rules: new Map(), open: new Set() };
  const root = valueOf(schema, grammar);
  const rules = [...grammar.rules].map(([name, body]) => `${name} ::= ${body}`);
  return [`root ::= ${root}`, ...rules, 'char ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\/nt]', ''].join('\n');
}

interface Grammar {
  root: Schema;
  rules: Map<string, string>;
  /** References being written: a property that leads back into one is left out where it may be. */
  open: Set<string>;
}

function valueOf(schema: unknown, grammar: Grammar): string {
  if (!isSchema(schema)) return stringOf({});
  if (typeof schema.$ref === 'string') return ruleOf(schema.$ref, grammar);
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return either(schema.enum.map(literal));
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices) && choices.length > 0) return either(choices.map((choice) => valueOf(choice, grammar)));
  if (Array.isArray(schema.allOf)) {
    const { allOf, ...rest } = schema;
    return valueOf((allOf as unknown[]).reduce<Schema>((all, each) => merge(all, each, grammar), rest), grammar);
  }
  const types = [typesOf(schema)].flat();
  return types.length > 0 ? either(types.map((type) => typed(type, schema, grammar))) : stringOf(schema);
}

function typesOf(schema: Schema): unknown {
  if (schema.type !== undefined) return schema.type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : 'string';
}

function typed(type: unknown, schema: Schema, grammar: Grammar): string {
  switch (type) {
    case 'object': return objectOf(schema, grammar);
    case 'array': return arrayOf(schema, grammar);
    case 'integer': case 'number': return numberOf(type, schema);
    case 'boolean': return '("true" | "false")';
    case 'null': return '"null"';
    default: return stringOf(schema);
  }
}

function objectOf(schema: Schema, grammar: Grammar): string {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const names = [...new Set([...Object.keys(properties), ...required])]
    .filter((name) => required.includes(name) || !leadsBack(properties[name], grammar));
  if (names.length === 0) return isSchema(schema.additionalProperties) ? mapOf(schema.additionalProperties, grammar) : '"{}"';
  const pairs = names.map((name, index) => `${text(`${index ? ', ' : ''}${JSON.stringify(name)}: `)} ${valueOf(properties[name], grammar)}`);
  return `"{" ${pairs.join(' ')} "}"`;
}

function mapOf(values: Schema, grammar: Grammar): string {
  const pair = `"\\"" [a-z] [a-z_]{0,20} "\\": " ${valueOf(values, grammar)}`;
  return `"{" ${pair} "}"`;
}

function arrayOf(schema: Schema, grammar: Grammar): string {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const { least, most } = range(schema.minItems, schema.maxItems, MAX_ITEMS);
  if (most === 0) return '"[]"';
  if (prefix.length > 0) return `"[" ${prefix.slice(0, most).map((item) => valueOf(item, grammar)).join(' ", " ')} "]"`;
  if (least === 0 && leadsBack(schema.items, grammar)) return '"[]"';
  // A rule of its own: written out at each of its places, nested lists would double the grammar with each level.
  const item = `item-${grammar.rules.size}`;
  grammar.rules.set(item, '""');
  grammar.rules.set(item, valueOf(schema.items, grammar));
  // An empty list is the easy way out for a small model, and nearly never what was asked for.
  const more = `(", " ${item}){${Math.max(least, 1) - 1},${most - 1}}`;
  return most === 1 ? `"[" ${item} "]"` : `"[" ${item} ${more} "]"`;
}

function stringOf(schema: Schema): string {
  if (typeof schema.format === 'string' && Object.hasOwn(FORMATS, schema.format)) return `"\\"" ${FORMATS[schema.format]} "\\""`;
  const { least, most } = range(schema.minLength, schema.maxLength, MAX_STRING);
  return `"\\"" char{${least},${most}} "\\""`;
}

/** Counts as the grammar can take them: its parser runs out of memory on a maximum below the minimum. */
function range(minimum: unknown, maximum: unknown, usual: number): { least: number; most: number } {
  const least = Math.min(Math.max(Math.ceil(numeric(minimum) ?? 0), 0), MAX_REPETITIONS);
  const limit = Math.max(Math.floor(numeric(maximum) ?? Infinity), least);
  return { least, most: Math.min(limit, Math.max(least, usual)) };
}

/** Small ranges are written out; beyond them the bounds are met as far as a grammar can, and checked by the validator. */
function numberOf(type: 'integer' | 'number', schema: Schema): string {
  const step = Math.abs(numeric(schema.multipleOf) ?? 1) || 1;
  const least = numeric(schema.minimum) ?? above(schema.exclusiveMinimum, type);
  const most = numeric(schema.maximum) ?? below(schema.exclusiveMaximum, type);
  const fraction = type === 'number' && !('multipleOf' in schema) ? '("." [0-9]{1,4})?' : '';
  const bounded = least !== undefined && most !== undefined && (most - least) / step <= MAX_ENUMERATED;
  if (bounded || step !== 1 || (least ?? 0) > 0) {
    const first = Math.ceil((least ?? 0) / step);
    const last = bounded ? Math.floor(most / step) : first + 9;
    const values = Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
    // Between two whole numbers any fraction is within the bounds.
    const written = values.map((value) => text(String(value)) + (fraction && value >= 0 && value + 1 <= (most ?? Infinity) ? ` ${fraction}` : ''));
    return either(written.length > 0 ? written : [text(String(least ?? most))]);
  }
  return `${least === 0 ? '' : '"-"? '}${DIGITS} ${fraction}`.trim();
}

function above(limit: unknown, type: string): number | undefined {
  const value = numeric(limit);
  return value === undefined ? undefined : type === 'integer' ? Math.floor(value) + 1 : value + 0.0001;
}

function below(limit: unknown, type: string): number | undefined {
  const value = numeric(limit);
  return value === undefined ? undefined : type === 'integer' ? Math.ceil(value) - 1 : value - 0.0001;
}

function ruleOf(reference: string, grammar: Grammar): string {
  const name = `ref-${[...reference].map((char) => (/[a-zA-Z0-9]/.test(char) ? char : `-${char.codePointAt(0)?.toString(16)}-`)).join('')}`;
  if (!grammar.rules.has(name)) {
    grammar.rules.set(name, '""');
    grammar.open.add(reference);
    grammar.rules.set(name, valueOf(resolve(reference, grammar.root), grammar));
    grammar.open.delete(reference);
  }
  return name;
}

function leadsBack(schema: unknown, grammar: Grammar, seen: Set<string> = new Set()): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const { $ref } = schema as Schema;
  if (typeof $ref === 'string') {
    if (grammar.open.has($ref) || $ref === '#') return true;
    if (seen.has($ref)) return false;
    return leadsBack(resolve($ref, grammar.root), grammar, seen.add($ref));
  }
  return Object.values(schema).some((child) => leadsBack(child, grammar, seen));
}

function resolve(reference: string, root: Schema): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return path.reduce<unknown>((at, name) => (isSchema(at) && Object.hasOwn(at, name) ? at[name] : undefined), root);
}

function merge(one: Schema, other: unknown, grammar: Grammar): Schema {
  const next = isSchema(other) && typeof other.$ref === 'string' ? resolve(other.$ref, grammar.root) : other;
  if (!isSchema(next)) return one;
  const required = [one.required, next.required].filter(Array.isArray).flat();
  return { ...one, ...next, required, properties: { ...(one.properties as Schema), ...(next.properties as Schema) } };
}

function either(alternatives: string[]): string {
  return alternatives.length === 1 ? (alternatives[0] as string) : `(${alternatives.join(' | ')})`;
}

function literal(value: unknown): string {
  return text(JSON.stringify(value));
}

/** JSON's escapes of the quote and the backslash are GBNF's too. */
function text(value: string): string {
  return JSON.stringify(value);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
