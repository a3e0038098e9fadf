import { hostPort } from "../../../settings/address";
import { sendJson } from "../../hosts/http";
import type { CanaryHost } from "./options";

interface Subject {
  readonly drillId: string;
  readonly timeoutMs: number;
}

/** Lines that one query returns at most; a canary writes fewer. */
const LIMIT = 5000;

/** A log line of a drill's canary: its time is that of the first attempt, so that a repeated attempt is the same line. */
export function logLines({ drillId, timeoutMs }: Subject) {
  const stampNs = new Map<number, string>();
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  const labels = { job: "understudy-canary", drill: drillId };

  async function write(number: number, { address, ports }: CanaryHost): Promise<void> {
    const stamp = stampNs.get(number) ?? (BigInt(Date.now()) * 1_000_000n + BigInt(number)).toString();
    stampNs.set(number, stamp);
    await sendJson({
      url: `http://${hostPort(address, ports.loki)}/loki/api/v1/push`,
      method: "POST",
      timeoutMs,
      json: { streams: [{ stream: labels, values: [[stamp, `canary ${number}`]] }] },
    });
  }

  async function readBack({ address, ports }: CanaryHost): Promise<number[]> {
    const query = new URLSearchParams({
      query: `{job="${labels.job}",drill="${labels.drill}"}`,
      start: String(startedNs - 60_000_000_000n),
      end: String((BigInt(Date.now()) + 60_000n) * 1_000_000n),
      limit: String(LIMIT),
    });
    const answer = await sendJson({
      url: `http://${hostPort(address, ports.loki)}/loki/api/v1/query_range?${query.toString()}`,
      timeoutMs,
    });
    return linesOf(answer);
  }
  return { write, readBack };
}

/** The numbers in an answer of Loki's query_range, each as often as its line is there. @throws Error when it is no such answer */
export function linesOf(answer: unknown): number[] {
  const { data } = answer as { data?: { result?: { values: [string, string][] }[] } };
  if (data?.result === undefined) throw new Error("not an answer of query_range");
  return data.result.flatMap(({ values }) =>
    values.flatMap(([, line]) => {
      const number = /^canary (\d+)$/.exec(line)?.[1];
      return number === undefined ? [] : [Number(number)];
    }),
  );
}
