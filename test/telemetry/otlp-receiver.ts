import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

export interface ReceivedSpan {
  name: string;
  trace_id: string;
  span_id: string;
  parent_span_id: string;
  attributes: Record<string, unknown>;
  /** 2: an error. */
  status: number;
  service: unknown;
  start: bigint;
  end: bigint;
}

/** The part of opentelemetry-proto's trace.proto that the tests read, by its field numbers. */
const SCHEMA = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Request { repeated ResourceSpans resource_spans = 1; }
`;

interface Attribute { key: string; value: Record<string, unknown> & { array_value?: { values?: Array<Record<string, unknown>> } } }
interface Decoded {
  resource_spans: Array<{
    resource: { attributes: Attribute[] };
    scope_spans: Array<{ spans: Array<{ trace_id: string; span_id: string; parent_span_id: string; name: string; start_time_unix_nano: string; end_time_unix_nano: string; attributes?: Attribute[]; status?: { code?: number } }> }>;
  }>;
}

/** An OpenTelemetry collector of a test: keeps every span that is sent to it over HTTP as protobuf. */
export async function otlpReceiver(): Promise<{ url: string; spans: ReceivedSpan[]; paths: string[]; close(): Promise<void> }> {
  const type = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Request');
  const spans: ReceivedSpan[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    paths.push(request.url ?? '');
    const decoded = type.toObject(type.decode(Buffer.concat(chunks)), { bytes: String, longs: String, arrays: true }) as Decoded;
    for (const { resource, scope_spans } of decoded.resource_spans) {
      const service = valuesOf(resource.attributes)['service.name'];
      for (const span of scope_spans.flatMap((scope) => scope.spans)) {
        spans.push({
          name: span.name, trace_id: hex(span.trace_id), span_id: hex(span.span_id), parent_span_id: hex(span.parent_span_id),
          attributes: valuesOf(span.attributes ?? []), status: span.status?.code ?? 0, service,
          start: BigInt(span.start_time_unix_nano), end: BigInt(span.end_time_unix_nano),
        });
      }
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    paths,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function hex(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('hex');
}

function valuesOf(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.array_value ? value.array_value.values?.map((one) => Object.values(one)[0]) : Object.values(value)[0]]));
}
