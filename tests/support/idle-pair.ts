import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { sendJson } from "../../drills/hosts/http";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";
import type { IdlePair } from "../../toolchain/pages/idle-hour-part";

/** The lab's environment file with agents. */
export const WITH_AGENTS = "configs/deploy/environments/lab_agent.yaml";
/** Fires always, as long as alerts are evaluated and told at all. */
const DEADMAN = "Watchdog";
/** Its group is evaluated every 15 s; that one evaluation in ten is late is no time in which nobody looked. */
const LEAST_EVALUATIONS_PER_MINUTE = 3.6;
/** Five services and the agent of each host. */
const LEAST_TARGETS = 12;

/** What one host's Prometheus has recorded of it. */
type Heard = IdlePair["hosts"][number];

/** One series of an instant query. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function ask(host: string, query: string): Promise<readonly Series[]> {
  const environment = loadEnvironment(WITH_AGENTS);
  const words = new URLSearchParams({ query }).toString();
  const { self } = viewFrom(environment, host);
  const answer = await sendJson({
    ...{ host: self, port: environment.ports.prometheus, path: `/api/v1/query?${words}`, timeoutMs: 30_000 },
  });
  return (answer as { data: { result: readonly Series[] } }).data.result;
}

async function hear(host: string, minutes: number): Promise<Heard> {
  const number = ({ value }: Series): number => Number(value[1]);
  const alerts = await ask(host, `count_over_time(ALERTS[${minutes}m])`);
  const scraped = await ask(host, `count_over_time(up[${minutes}m])`);
  const up = await ask(host, `sum_over_time(up[${minutes}m])`);
  const nameOf = ({ metric }: Series): string => `${metric["job"] ?? ""} ${metric["instance"] ?? ""}`;
  return {
    host,
    alerts: alerts
      .filter(({ metric }) => metric["alertname"] !== DEADMAN)
      .map((one) => ({
        alert: one.metric["alertname"] ?? "",
        state: one.metric["alertstate"] ?? "",
        samples: number(one),
      })),
    deadmanSamples: Math.max(
      0,
      ...alerts.filter(({ metric }) => metric["alertname"] === DEADMAN).map((one) => number(one)),
    ),
    targets: scraped.map((one) => ({
      target: nameOf(one),
      samples: number(one),
      up: up.filter((other) => nameOf(other) === nameOf(one)).reduce((sum, other) => sum + number(other), 0),
    })),
  };
}

/**
 * Does nothing for so many minutes, and a minute more before them: what the way up has raised is over before the time
 * counts. What the pair's own monitoring recorded meanwhile is read once, at the end.
 */
export async function leaveAlone(minutes: number): Promise<IdlePair> {
  await wait(60_000);
  const began = new Date().toISOString();
  await wait(minutes * 60_000);
  return { version: 1, began, minutes, hosts: [await hear("host-a", minutes), await hear("host-b", minutes)] };
}

/** No alert fired, and somebody looked all the time. */
export function expectQuiet({ hosts, minutes }: IdlePair): void {
  expect(hosts.map(({ host }) => host)).to.deep.equal(["host-a", "host-b"]);
  for (const { host, alerts, deadmanSamples, targets } of hosts) {
    expect(
      alerts.filter(({ state }) => state === "firing"),
      host,
    ).to.deep.equal([]);
    expect(deadmanSamples, `${host}: evaluations in which the deadman's switch fired`).to.be.at.least(
      minutes * LEAST_EVALUATIONS_PER_MINUTE,
    );
    expect(targets, host).to.have.length.at.least(LEAST_TARGETS);
  }
}
