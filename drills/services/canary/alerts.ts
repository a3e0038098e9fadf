import { send, sendJson } from "../../hosts/http";
import type { CanaryHost } from "./options";
import type { ServiceCount } from "../../../evidence/continuity";
import { countService } from "../../../evidence/service-counts";

/** Sum of a counter's series that have all of `labels`, in the Prometheus text format; 0 when there is none yet. */
export function counterSum(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .reduce(
      (sum, line) =>
        sum +
        Number(
          line
            .slice(line.lastIndexOf("}") + 1)
            .trim()
            .split(" ", 1)[0],
        ),
      0,
    );
}

interface Subject {
  readonly drillId: string;
  readonly hosts: readonly CanaryHost[];
  readonly timeoutMs: number;
}

/** The endpoint of each host's Prometheus that the canary's pages are sent to, see configs/alertmanager; nothing else uses it. */
const PAGED_HANDLER = "/api/v1/format_query";
const LIFETIME_MS = 5 * 60_000;

/**
 * One silence and one firing alert of a drill's canary. The alert is told to both Alertmanagers, as each Prometheus
 * does; the silence to the primary's alone, so that finding it on the other one shows that the two share.
 */
export function alerts({ drillId, hosts, timeoutMs }: Subject) {
  let pagesBefore: number | undefined;
  let silenced: readonly number[] = [];
  let fired: readonly number[] = [];
  const at = (host: CanaryHost, path: string) => ({
    ...{ host, port: host.ports.alertmanager, path: `/api/v2${path}`, timeoutMs },
  });

  async function pages(): Promise<number> {
    const texts = await Promise.all(
      hosts.map((host) => send({ host, port: host.ports.prometheus, path: "/metrics", timeoutMs })),
    );
    const ofPages = (text: string): number =>
      counterSum(text, "prometheus_http_requests_total", { handler: PAGED_HANDLER });
    return texts.reduce((sum, text) => sum + ofPages(text), 0);
  }

  /**
   * Makes the silence and tells the alert. Safe to call again after it failed: what is there already is not made twice,
   * though nobody may have heard the answer.
   * @throws Error when one of the servers does not answer in time, or refuses
   */
  async function raise(primary: CanaryHost): Promise<void> {
    pagesBefore ??= await pages();
    const [startsAt, endsAt] = [new Date(), new Date(Date.now() + LIFETIME_MS)].map((one) => one.toISOString());
    const matchers = [{ name: "understudy_canary_silence", value: drillId, isRegex: false, isEqual: true }];
    if (silencesOf(await sendJson(at(primary, "/silences")), drillId) === 0) {
      await sendJson({
        ...at(primary, "/silences"),
        method: "POST",
        json: { matchers, startsAt, endsAt, createdBy: "understudy", comment: `canary of drill ${drillId}` },
      });
    }
    silenced = [1];
    // Alertmanager knows an alert by its labels: told once more, it is the same one.
    const labels = { alertname: "UnderstudyCanary", understudy_canary: "true", drill: drillId };
    await Promise.all(
      hosts.map((host) => sendJson({ ...at(host, "/alerts"), method: "POST", json: [{ labels, startsAt, endsAt }] })),
    );
    fired = [1];
  }

  async function count(readFrom: CanaryHost): Promise<ServiceCount[]> {
    const orUnknown = <T>(reading: Promise<T>): Promise<T | undefined> => reading.catch(() => undefined);
    const [silences, active, sent] = await Promise.all([
      orUnknown(sendJson(at(readFrom, "/silences"))),
      orUnknown(sendJson(at(readFrom, `/alerts?active=true&filter=${encodeURIComponent(`drill="${drillId}"`)}`))),
      orUnknown(pages()),
    ]);
    const told = sent === undefined || pagesBefore === undefined ? undefined : Math.max(0, sent - pagesBefore);
    return [
      countService(
        "silences",
        "made on the old primary",
        silenced,
        silences === undefined ? undefined : ones(silencesOf(silences, drillId)),
      ),
      countService(
        "firing alerts",
        "told to both Alertmanagers",
        fired,
        active === undefined ? undefined : ones((active as unknown[]).length),
      ),
      countService("pages", "sent for that alert", fired, told === undefined ? undefined : ones(told)),
    ];
  }
  return { raise, count };
}

/** As many ones: the same thing found that often. */
function ones(times: number): number[] {
  return Array<number>(times).fill(1);
}

/** How many active silences of the drill's canary an answer of Alertmanager has. */
export function silencesOf(answer: unknown, drillId: string): number {
  return (answer as { comment?: string; status?: { state?: string } }[]).filter(
    ({ comment, status }) => comment === `canary of drill ${drillId}` && status?.state === "active",
  ).length;
}
