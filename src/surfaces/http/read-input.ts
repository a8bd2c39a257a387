import type { Request } from 'express';
import { z } from 'zod';
import { EngineError } from '../../errors.ts';
import { inputPlaces } from '../../operations/operation.ts';
import type { Operation } from '../../operations/operation.ts';
import { checkJsonText } from './check-json-text.ts';
import { checkStrings } from './check-strings.ts';

type Types = Record<string, string[]>;

/** How requests of one operation become its input; made once for each operation. */
export function inputReader(operation: Operation): (request: Request) => Record<string, unknown> {
  const places = inputPlaces(operation);
  const types = wireTypes(operation);
  const takesMetadata = places.query.includes('metadata');

  return function readInput(request) {
    const input: Record<string, unknown> = readBody(request, places.body);
    for (const field of [...places.path, ...places.query]) {
      if (Object.hasOwn(input, field)) throw misplaced(field, places.path.includes(field) ? 'path' : 'query');
    }
    for (const field of places.path) input[field] = fromText(request.params[field] as string, types[field]);
    readQuery(request, { places: places.query, types, takesMetadata, into: input, isStream: operation.kind === 'sse' });
    if (Object.hasOwn(operation.input.shape, 'last_event_id')) {
      const last = request.get('last-event-id');
      if (last !== undefined && last !== '') input.last_event_id = fromText(last, types.last_event_id);
    }
    if (operation.kind === 'json' && operation.formats !== undefined && input.format === undefined) {
      const wanted = Object.entries(operation.formats).find(([, type]) => request.accepts(['application/json', type]) === type);
      if (wanted) input.format = wanted[0];
    }
    checkStrings(input);
    return input;
  };
}

function readBody(request: Request, fields: string[]): Record<string, unknown> {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return {};
  if (!request.is(['application/json', 'application/*+json'])) {
    throw new EngineError('request.unsupported_media_type', 'Send the body as JSON with the header Content-Type: application/json.');
  }
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    checkJsonText(text);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('request.malformed_json', 'The body is not valid JSON in UTF-8; check it with a JSON tool.', {
      errors: [{ path: '', message: error instanceof SyntaxError ? placeOf(error) : 'The bytes are not UTF-8.' }],
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new EngineError('request.invalid', 'The body must be a JSON object.', { errors: [{ path: '', message: fields.length === 0 ? 'Send {} or no body.' : `Send an object with the fields ${fields.join(', ')}.` }] });
  }
  return value as Record<string, unknown>;
}

/** The position only: the parser's own message quotes the body, which may hold a secret. */
function placeOf(error: SyntaxError): string {
  const place = /at position (\d+)(?: \(line (\d+) column (\d+)\))?/.exec(error.message);
  if (!place) return 'The text ends too early or is not JSON.';
  return place[2] === undefined ? `Not JSON at character ${place[1]}.` : `Not JSON at line ${place[2]}, column ${place[3]}.`;
}

interface QueryTarget {
  places: string[];
  types: Types;
  takesMetadata: boolean;
  isStream: boolean;
  into: Record<string, unknown>;
}

function readQuery(request: Request, { places, types, takesMetadata, isStream, into }: QueryTarget): void {
  const metadata: Record<string, string> = {};
  const seen = new Set<string>();
  for (const [name, text] of new URL(request.originalUrl, 'http://request').searchParams) {
    if (seen.has(name)) throw badParameter(name, 'is given twice; give it once');
    seen.add(name);
    if (isStream && name === 'access_token') continue;
    if (takesMetadata && name.startsWith('metadata.') && name.length > 'metadata.'.length) {
      metadata[name.slice('metadata.'.length)] = text;
    } else if (places.includes(name) && name !== 'metadata') {
      into[name] = fromText(text, types[name]);
    } else {
      const known = places.map((place) => (place === 'metadata' ? 'metadata.<key>' : place));
      throw badParameter(name, known.length === 0 ? 'is not known; this request takes none' : `is not known; this request takes ${known.join(', ')}`);
    }
  }
  if (takesMetadata && Object.keys(metadata).length > 0) into.metadata = metadata;
}

function badParameter(name: string, fault: string): EngineError {
  const shown = name.slice(0, 100).toWellFormed().replaceAll('\0', '\u{FFFD}');
  return new EngineError('request.unknown_parameter', `The query parameter ${JSON.stringify(shown)} ${fault}.`, { errors: [{ path: shown, message: `This query parameter ${fault}.` }] });
}

function misplaced(field: string, place: 'path' | 'query'): EngineError {
  return new EngineError('request.invalid', `${field} belongs in the ${place}, not in the body.`, { errors: [{ path: field, message: `Remove it from the body; it is given in the ${place}.` }] });
}

/** A path or query text as its field's type; what does not look like it stays text, and the schema says what it should be. */
function fromText(text: string, types: string[] | undefined): unknown {
  if (types?.some((type) => type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (types?.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

interface TypedSchema {
  type?: string;
  anyOf?: TypedSchema[];
}

function wireTypes(operation: Operation): Types {
  const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' });
  const types: Types = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const typed = field as TypedSchema;
    types[name] = [typed.type, ...(typed.anyOf ?? []).map((branch) => branch.type)].filter((type) => type !== undefined);
  }
  return types;
}
