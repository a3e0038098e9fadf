import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sendJson } from "../../drills/hosts/http";
import { bringUp } from "../../operator/failover/bring-up";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";
import { untilWhole } from "../support/lab-pair";
import { LAB_ENVIRONMENT } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";
import type { IdlePair } from "../../toolchain/pages/idle-hour-part";
import { DEADMAN, expectQuiet, type Heard } from "../support/idle-pair";

const WITH_AGENTS = "configs/deploy/environments/lab_agent.yaml";
/** How long the pair is left alone. */
const MINUTES = Number(process.env["UNDERSTUDY_IDLE_MINUTES"] ?? 60);

/** One series of an instant query. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A pair with agents that nobody touches. What its own monitoring recorded meanwhile is read once, at the end. */
describe(`a pair with agents that is idle for ${MINUTES} min, on the lab`, function () {
  this.timeout((MINUTES + 20) * 60_000);

  before(async () => {
    await untilWhole("host-a");
    await declareEnvironment(WITH_AGENTS);
    await bringUp(loadEnvironment(WITH_AGENTS), () => undefined);
    await untilWhole("host-a");
  });
  after(async () => {
    await declareEnvironment(LAB_ENVIRONMENT);
    await bringUp(loadEnvironment(LAB_ENVIRONMENT), () => undefined);
  });

  async function ask(host: string, query: string): Promise<readonly Series[]> {
    const environment = loadEnvironment(WITH_AGENTS);
    const words = new URLSearchParams({ query }).toString();
    const { self } = viewFrom(environment, host);
    const answer = await sendJson({
      ...{ host: self, port: environment.ports.prometheus, path: `/api/v1/query?${words}`, timeoutMs: 30_000 },
    });
    return (answer as { data: { result: readonly Series[] } }).data.result;
  }

  async function hear(host: string): Promise<Heard> {
    const number = ({ value }: Series): number => Number(value[1]);
    const alerts = await ask(host, `count_over_time(ALERTS[${MINUTES}m])`);
    const scraped = await ask(host, `count_over_time(up[${MINUTES}m])`);
    const up = await ask(host, `sum_over_time(up[${MINUTES}m])`);
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

  it("has raised no alert by the Prometheus of either host, whose rules were evaluated all the time", async () => {
    // What the way up has raised is over before the time counts.
    await later(60);
    const began = new Date().toISOString();
    for (let minute = 0; minute < MINUTES; minute++) await later(60);
    const idle: IdlePair = { version: 1, began, minutes: MINUTES, hosts: [await hear("host-a"), await hear("host-b")] };
    const file = process.env["UNDERSTUDY_IDLE_HOUR"] ?? "docs/results/idle_hour.json";
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(idle, null, 2)}\n`);
    expectQuiet(idle);
  });
});

function later(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
