import { hostPort } from "../../../settings/address";
import { createHash } from "node:crypto";
import { sendJson } from "../../hosts/http";
import type { CanaryHost } from "./options";

interface Subject {
  readonly drillId: string;
  readonly password: string;
  readonly timeoutMs: number;
}

/** Dashboards of a drill's canary, made through Grafana's API; they are removed when they have been read back. */
export function dashboards({ drillId, password, timeoutMs }: Subject) {
  const mark = createHash("sha256").update(drillId).digest("hex").slice(0, 12);
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const base = ({ address, ports }: CanaryHost): string => `http://${hostPort(address, ports.grafana)}/api`;
  const title = (number: number): string => `understudy canary ${mark} ${number}`;
  const uid = (number: number): string => `canary-${mark}-${number}`;

  async function write(number: number, host: CanaryHost): Promise<void> {
    await sendJson({
      url: `${base(host)}/dashboards/db`,
      method: "POST",
      headers,
      timeoutMs,
      json: { dashboard: { uid: uid(number), title: title(number), panels: [] }, overwrite: true },
    });
  }

  async function readBack(host: CanaryHost): Promise<number[]> {
    const query = new URLSearchParams({ query: `understudy canary ${mark}`, type: "dash-db", limit: "1000" });
    return titlesOf(await sendJson({ url: `${base(host)}/search?${query.toString()}`, headers, timeoutMs }), mark);
  }

  async function remove(numbers: readonly number[], host: CanaryHost): Promise<void> {
    for (const number of numbers) {
      const url = `${base(host)}/dashboards/uid/${uid(number)}`;
      await sendJson({ url, method: "DELETE", headers, timeoutMs }).catch(() => undefined);
    }
  }
  return { write, readBack, remove };
}

/** The numbers in an answer of Grafana's search, each as often as its dashboard is there. @throws Error when it is no such answer */
export function titlesOf(answer: unknown, mark: string): number[] {
  if (!Array.isArray(answer)) throw new Error("not an answer of Grafana's search");
  const pattern = new RegExp(`^understudy canary ${mark} (\\d+)$`);
  return answer.flatMap((one: { title?: string }) => {
    const number = pattern.exec(one.title ?? "")?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
