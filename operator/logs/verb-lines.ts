import { LOKI_OTLP_PATH } from "../../settings/logs";
import { HttpRefusal, send, type HttpHost } from "../../drills/hosts/http";
import { messageOf } from "../../settings/user-error";

/** One line that a verb said, with when. */
export interface VerbLine {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
}

/** A verb that has ended. */
export interface EndedVerb {
  /** Its name, as the command line has it. */
  readonly verb: string;
  readonly exitCode: number;
  /** Null where it had none. */
  readonly drillId: string | null;
  readonly lines: readonly VerbLine[];
}

/** Where the lines go: the Loki of a host, over SSH. */
export interface LokiDoor {
  readonly host: HttpHost & { readonly name: string };
  readonly port: number;
}

/** How long one Loki may take, the SSH login to the host with it. */
const REQUEST_MS = 5000;

/** What is said of a secret's place is no secret, and no verb says one; a line is cut all the same. */
const LONGEST = 4096;

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/**
 * The lines of a verb as OTLP in JSON, the body of a request to Loki: labels as the Collectors have them, with the host
 * `operator`, the service `understudy` and no role; verb, exit code and the drill's id as metadata. The last line is what
 * became of it. No two lines are of one moment, so that none is taken for another. Pure.
 */
export function verbLinesBody({ verb, exitCode, drillId, lines }: EndedVerb, endedMs: number): string {
  const last = { atMs: endedMs, text: `${verb} ended with exit code ${String(exitCode)}` };
  const attributes = [
    text("verb", verb),
    text("exit_code", String(exitCode)),
    ...(drillId === null ? [] : [text("drill", drillId)]),
  ];
  const logRecords = [...lines, last].map((line, at) => ({
    timeUnixNano: String(BigInt(Math.round(line.atMs)) * 1_000_000n + BigInt(at % 1_000_000)),
    body: { stringValue: line.text.slice(0, LONGEST) },
    severityText: line.text.startsWith("WARNING") ? "WARN" : at === lines.length && exitCode !== 0 ? "ERROR" : "INFO",
    attributes,
  }));
  const resource = { attributes: [text("host", "operator"), text("service", "understudy"), text("role", "none")] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "understudy" }, logRecords }] }] });
}

/** What became of sending one body. */
export type Sent = "taken" | "refused" | "waits";

/** Sends one body to one Loki. Never throws: why it was not taken is said. */
export async function sendBody(
  body: string,
  { host, port }: LokiDoor,
  say: (words: string) => void,
  requestMs = REQUEST_MS,
): Promise<Sent> {
  try {
    await send({
      ...{ host, port, path: LOKI_OTLP_PATH, method: "POST", body, timeoutMs: requestMs },
      headers: { "content-type": "application/json" },
    });
    return "taken";
  } catch (error) {
    const final = error instanceof HttpRefusal && [400, 413, 415, 422].includes(error.status);
    say(`the lines of a verb ${final ? "are refused by" : "wait for"} Loki of ${host.name}: ${messageOf(error)}`);
    return final ? "refused" : "waits";
  }
}
