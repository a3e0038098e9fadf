/** One span, as OTLP has it; a trace id has 16 bytes, a span id 8. */
export interface Span {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/**
 * An ExportTraceServiceRequest with one span, in protocol buffers. Not JSON: the name of the list of spans in it is not
 * the same in Tempo 1.5 and in later ones, while its field number is.
 * @see opentelemetry/proto/trace/v1/trace.proto
 */
export function exportRequest(service: string, span: Span): Uint8Array<ArrayBuffer> {
  const stringValue = bytesField(1, Buffer.from(service));
  const attribute = Buffer.concat([bytesField(1, Buffer.from("service.name")), bytesField(2, stringValue)]);
  const resource = bytesField(1, attribute);
  const spanMessage = Buffer.concat([
    bytesField(1, span.traceId),
    bytesField(2, span.spanId),
    bytesField(5, Buffer.from(span.name)),
    Buffer.concat([tag(6, VARINT), Buffer.from([KIND_INTERNAL])]),
    fixed64Field(7, span.startNs),
    fixed64Field(8, span.endNs),
  ]);
  const scopeSpans = bytesField(2, spanMessage);
  const resourceSpans = Buffer.concat([bytesField(1, resource), bytesField(2, scopeSpans)]);
  return new Uint8Array(bytesField(1, resourceSpans));
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const KIND_INTERNAL = 1;

function tag(field: number, wireType: number): Buffer {
  return varint((field << 3) | wireType);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

function bytesField(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([tag(field, LENGTH_DELIMITED), varint(content.length), content]);
}

function fixed64Field(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}
