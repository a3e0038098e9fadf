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
  const asked = (host: CanaryHost) => ({ host, port: host.ports.grafana, headers, timeoutMs });
  const title = (number: number): string => `understudy canary ${mark} ${number}`;
  const uid = (number: number): string => `canary-${mark}-${number}`;

  async function write(number: number, host: CanaryHost): Promise<void> {
    await sendJson({
      ...asked(host),
      path: "/api/dashboards/db",
      method: "POST",
      json: { dashboard: { uid: uid(number), title: title(number), panels: [] }, overwrite: true },
    });
  }

  async function readBack(host: CanaryHost): Promise<number[]> {
    const query = new URLSearchParams({ query: `understudy canary ${mark}`, type: "dash-db", limit: "1000" });
    return titlesOf(await sendJson({ ...asked(host), path: `/api/search?${query.toString()}` }), mark);
  }

  async function remove(numbers: readonly number[], host: CanaryHost): Promise<void> {
    for (const number of numbers) {
      const path = `/api/dashboards/uid/${uid(number)}`;
      await sendJson({ ...asked(host), path, method: "DELETE" }).catch(() => undefined);
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
