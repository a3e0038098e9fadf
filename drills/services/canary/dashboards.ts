import { createHash } from "node:crypto";
import { HttpRefusal, sendJson } from "../../hosts/http";
import { basicLogin } from "../grafana/admin-password";
import type { CanaryHost } from "./options";

interface Subject {
  readonly drillId: string;
  readonly password: string;
  /** The former one, while it is being exchanged: a Grafana takes the one or the other. */
  readonly former?: string | undefined;
  readonly timeoutMs: number;
}

type Asked = Omit<Parameters<typeof sendJson>[0], "headers">;

/**
 * Asks as the administrator. A host that does not know the one password is asked with the other from then on: too many
 * wrong ones, and Grafana lets nobody in for a while.
 */
function asAdministrator(passwords: readonly string[]): (host: CanaryHost, asked: Asked) => Promise<unknown> {
  const taken = new Map<string, number>();
  return async (host, asked) => {
    const first = taken.get(host.name) ?? 0;
    const login = (at: number): Promise<unknown> =>
      sendJson({ ...asked, headers: basicLogin(passwords[at % passwords.length] ?? "") });
    try {
      return await login(first);
    } catch (error) {
      if (passwords.length < 2 || !(error instanceof HttpRefusal) || error.status !== 401) throw error;
      const answer = await login(first + 1);
      taken.set(host.name, (first + 1) % passwords.length);
      return answer;
    }
  };
}

/** Dashboards of a drill's canary, made through Grafana's API; they are removed when they have been read back. */
export function dashboards({ drillId, password, former, timeoutMs }: Subject) {
  const mark = createHash("sha256").update(drillId).digest("hex").slice(0, 12);
  const ask = asAdministrator(former === undefined ? [password] : [password, former]);
  const asked = (host: CanaryHost) => ({ host, port: host.ports.grafana, timeoutMs });
  const title = (number: number): string => `understudy canary ${mark} ${number}`;
  const uid = (number: number): string => `canary-${mark}-${number}`;

  async function write(number: number, host: CanaryHost): Promise<void> {
    await ask(host, {
      ...asked(host),
      path: "/api/dashboards/db",
      method: "POST",
      json: { dashboard: { uid: uid(number), title: title(number), panels: [] }, overwrite: true },
    });
  }

  async function readBack(host: CanaryHost): Promise<number[]> {
    const query = new URLSearchParams({ query: `understudy canary ${mark}`, type: "dash-db", limit: "1000" });
    return titlesOf(await ask(host, { ...asked(host), path: `/api/search?${query.toString()}` }), mark);
  }

  async function remove(numbers: readonly number[], host: CanaryHost): Promise<void> {
    for (const number of numbers) {
      const path = `/api/dashboards/uid/${uid(number)}`;
      await ask(host, { ...asked(host), path, method: "DELETE" }).catch(() => undefined);
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
