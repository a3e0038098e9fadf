import { ROOT_CONTEXT, SpanStatusCode, trace, type Context, type HrTime, type Tracer } from "@opentelemetry/api";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, TracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace";
import type { SpanTree } from "../../evidence/trace/span-tree";
import { spanIdOf, traceIdOf } from "../../evidence/trace/trace-ids";
import { ownPackage } from "../version/own-package";

/** Whose trace it is. */
export interface TracedDrill {
  readonly id: string;
  readonly startedAt: string;
}

/** Attributes that one span may have: a step's and a drill's are fewer by far. */
const MOST = 512;

/**
 * A drill's trace as OTLP in JSON, the body of a request to `/v1/traces`. The SDK makes the spans; what it takes of the
 * process's variables, such as a sampler, is set here, so that no variable changes a trace. The same drill has the same ids.
 * @throws Error when the SDK gives nothing
 */
export function serialiseTrace({ id, startedAt }: TracedDrill, tree: SpanTree): string {
  const finished: ReadableSpan[] = [];
  let spans = 0;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "understudy", "service.version": ownPackage().version }),
    sampler: new AlwaysOnSampler(),
    spanLimits: {
      attributeCountLimit: MOST,
      eventCountLimit: MOST,
      attributePerEventCountLimit: MOST,
      attributeValueLengthLimit: 4096,
    },
    idGenerator: {
      generateTraceId: () => traceIdOf(id),
      generateSpanId: () => spanIdOf(id, startedAt, spans++),
    },
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => void finished.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  record(provider.getTracer("understudy"), tree, ROOT_CONTEXT);
  const bytes = JsonTraceSerializer.serializeRequest(finished);
  if (bytes === undefined) throw new Error("the SDK serialised no span");
  return Buffer.from(bytes).toString("utf8");
}

function record(tracer: Tracer, tree: SpanTree, parent: Context): void {
  const { name, startMs, endMs, attributes, events, error, children } = tree;
  const span = tracer.startSpan(name, { startTime: hrTime(startMs), attributes }, parent);
  for (const event of events) span.addEvent(event.name, event.attributes, hrTime(event.atMs));
  span.setStatus(error === null ? { code: SpanStatusCode.OK } : { code: SpanStatusCode.ERROR, message: error });
  for (const child of children) record(tracer, child, trace.setSpan(parent, span));
  span.end(hrTime(endMs));
}

/** To the microsecond: that is what a number of milliseconds since 1970 holds. */
function hrTime(ms: number): HrTime {
  const micros = Math.round(ms * 1000);
  return [Math.floor(micros / 1e6), (micros % 1e6) * 1000];
}
