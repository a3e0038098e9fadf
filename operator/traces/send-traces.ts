import { HttpRefusal, send, type HttpHost } from "../../drills/hosts/http";
import { messageOf } from "../../settings/user-error";
import { dropTrace, setAside, waitingTraces } from "./outbox";

/** How long one trace may take, the SSH login to the host with it. */
const REQUEST_MS = 5000;
/** After this no further one is begun: the next verb goes on. */
const ALTOGETHER_MS = 15_000;

/** Where traces go. */
export interface TempoDoor {
  readonly host: HttpHost & { readonly name: string };
  /** Of OTLP over HTTP. */
  readonly port: number;
}

/** What became of the traces that waited. */
export interface SentTraces {
  readonly sent: number;
  readonly waiting: number;
}

/**
 * Sends every trace that waits in the outbox of a folder. Never throws: what Tempo does not take now waits for the next
 * verb, and what it refuses for what it is, is set aside; either is said.
 * @param door undefined: nobody knows which host is primary, so all of them wait
 */
export async function sendTraces(
  resultsDir: string,
  door: TempoDoor | undefined,
  say: (words: string) => void,
  requestMs = REQUEST_MS,
): Promise<SentTraces> {
  const traces = await waitingTraces(resultsDir);
  const until = performance.now() + Math.max(ALTOGETHER_MS, requestMs);
  let [sent, aside] = [0, 0];
  const count = (): SentTraces => ({ sent, waiting: traces.length - sent - aside });
  const wait = (reason: string): SentTraces => {
    const { waiting } = count();
    say(`${traceWords(waiting)} on disk for Tempo, sent again by the next drill or health: ${reason}`);
    return count();
  };
  if (traces.length === 0) return count();
  if (door === undefined) return wait("no host is seen to be primary");
  for (const trace of traces) {
    if (performance.now() > until) return wait(`Tempo of ${door.host.name} is slow`);
    try {
      await send({
        host: door.host,
        port: door.port,
        path: "/v1/traces",
        method: "POST",
        headers: { "content-type": "application/json" },
        body: trace.body,
        timeoutMs: requestMs,
      });
      await dropTrace(trace);
      sent += 1;
    } catch (error) {
      if (!isFinal(error)) return wait(`Tempo of ${door.host.name}: ${messageOf(error)}`);
      aside += 1;
      const place = await setAside(trace).catch(() => trace.file);
      say(`Tempo of ${door.host.name} refuses a trace, which is set aside as ${place}: ${messageOf(error)}`);
    }
  }
  return count();
}

function traceWords(count: number): string {
  return count === 1 ? "1 trace waits" : `${String(count)} traces wait`;
}

/** A request that will never be taken. Too many requests and a server's own trouble pass; so does a missing receiver. */
function isFinal(error: unknown): boolean {
  return error instanceof HttpRefusal && [400, 413, 415, 422].includes(error.status);
}
