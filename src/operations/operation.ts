import type { z } from 'zod';
import type { OperationContext } from './context.ts';
import type { Permission } from './permission.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Described<Input extends z.ZodObject> {
  /** `<resource>.<verb>`: the CLI command, the MCP tool and the client's method are made from it. */
  name: string;
  method: Method;
  /** Below `/v1`; `:name` takes the input's field of that name. */
  path: string;
  summary: string;
  description?: string;
  /** Null where any valid key will do. */
  permission: Permission | null;
  /** One strict object of path parameters, query parameters and body. */
  input: Input;
  /** The usual status, 200 unless said; 204 has no body. */
  status?: number;
  /** Other statuses that a success may have. */
  other_statuses?: readonly number[];
  /** Fields of a POST, PUT or PATCH that come in the query; those of GET and DELETE all do. */
  query?: readonly string[];
  /** Takes an `Idempotency-Key`. */
  idempotent?: boolean;
  /** The answer holds a secret, so it is kept sealed under the caller's own key. */
  secret_output?: boolean;
  /** Largest body in bytes; 1 MB unless said. */
  body_limit?: number;
  /** The seeds' name of it among the agents' `system.*` tools. */
  meta_tool?: { name: string };
}

export interface JsonOperation<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> extends Described<Input> {
  kind: 'json';
  output: Output;
  /** Media types of text answers by the value of the input's `format`: `{mermaid: 'text/vnd.mermaid'}`. */
  formats?: Readonly<Record<string, string>>;
  run(context: OperationContext, input: z.output<Input>): Promise<z.input<Output>>;
}

/** One event of a stream; without an `id` it is not numbered and cannot be resumed from. */
export interface StreamEvent {
  id?: number;
  event: string;
  data: unknown;
}

/** An input field named `last_event_id` gets the `Last-Event-ID` header. */
export interface StreamOperation<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> extends Described<Input> {
  kind: 'sse';
  /** The shape of an event's `data`. */
  output: Output;
  /** Refusals come before the promise resolves; from then on the answer is a stream. */
  run(context: OperationContext, input: z.output<Input>): Promise<AsyncIterable<StreamEvent>>;
}

export interface Content {
  content_type: string;
  content: string | Uint8Array | AsyncIterable<Uint8Array | string>;
}

export interface ContentOperation<Input extends z.ZodObject = z.ZodObject> extends Described<Input> {
  kind: 'content';
  run(context: OperationContext, input: z.output<Input>): Promise<Content>;
}

// Inputs differ between operations, so a list of them can only be typed loosely; `runOperation` parses before it runs.
export type Operation = JsonOperation<any, any> | StreamOperation<any, any> | ContentOperation<any>;

/** Something a caller may do: every surface (HTTP, OpenAPI, CLI, MCP, meta-tools) is made from it. */
export function operation<Input extends z.ZodObject, Output extends z.ZodType>(
  described: Omit<JsonOperation<Input, Output>, 'kind'>,
): JsonOperation<Input, Output> {
  return { kind: 'json', ...described };
}

/** An operation that answers with server-sent events. */
export function streamOperation<Input extends z.ZodObject, Output extends z.ZodType>(
  described: Omit<StreamOperation<Input, Output>, 'kind'>,
): StreamOperation<Input, Output> {
  return { kind: 'sse', ...described };
}

/** An operation that answers with bytes or text as they are. */
export function contentOperation<Input extends z.ZodObject>(described: Omit<ContentOperation<Input>, 'kind'>): ContentOperation<Input> {
  return { kind: 'content', ...described };
}

export function pathParameters(described: { path: string }): string[] {
  return [...described.path.matchAll(/:([a-z_]+)/g)].map((found) => found[1]!);
}

/** Where each field of an operation's input comes from. */
export function inputPlaces(described: Operation): { path: string[]; query: string[]; body: string[] } {
  const path = pathParameters(described);
  const rest = Object.keys(described.input.shape).filter((field) => !path.includes(field) && field !== 'last_event_id');
  if (described.method === 'GET' || described.method === 'DELETE') return { path, query: rest, body: [] };
  const query = rest.filter((field) => described.query?.includes(field));
  return { path, query, body: rest.filter((field) => !query.includes(field)) };
}
