import { hostPort } from "../../../settings/address";
import { createHash } from "node:crypto";
import { HttpRefusal, send, sendJson } from "../../hosts/http";
import type { CanaryHost } from "./options";
import { exportRequest } from "./otlp";

interface Subject {
  readonly drillId: string;
  readonly timeoutMs: number;
}

/** Spans of a drill's canary: all of one trace, so that one look-up by id reads them back. */
export function spans({ drillId, timeoutMs }: Subject) {
  const traceId = createHash("sha256").update(`understudy canary ${drillId}`).digest().subarray(0, 16);
  const startNs = new Map<number, bigint>();

  async function write(number: number, { address, ports }: CanaryHost): Promise<void> {
    const start = startNs.get(number) ?? BigInt(Date.now()) * 1_000_000n;
    startNs.set(number, start);
    await send({
      url: `http://${hostPort(address, ports.otlp_http)}/v1/traces`,
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      timeoutMs,
      body: exportRequest("understudy-canary", {
        traceId,
        spanId: spanId(number),
        name: `canary ${number}`,
        startNs: start,
        endNs: start + 1_000_000n,
      }),
    });
  }

  async function readBack({ address, ports }: CanaryHost): Promise<number[]> {
    const url = `http://${hostPort(address, ports.tempo)}/api/traces/${traceId.toString("hex")}`;
    try {
      return spansOf(await sendJson({ url, timeoutMs, headers: { accept: "application/json" } }));
    } catch (error) {
      // A trace of which there is no span is not found; the service has answered.
      if (error instanceof HttpRefusal && error.status === 404) return [];
      throw error;
    }
  }
  return { write, readBack };
}

/** Never all zeros, which OTLP does not allow. */
function spanId(number: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** The numbers of the spans in a trace, each as often as it is there; the list of spans has other names in other versions. */
export function spansOf(trace: unknown): number[] {
  if (typeof trace !== "object" || trace === null) return [];
  if (!Array.isArray(trace) && "spanId" in trace) {
    const { name } = trace as { name?: unknown };
    const number = typeof name === "string" ? /^canary (\d+)$/.exec(name)?.[1] : undefined;
    return number === undefined ? [] : [Number(number)];
  }
  return Object.values(trace).flatMap(spansOf);
}
