import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bringUp } from "../../operator/failover/bring-up";
import { loadEnvironment } from "../../settings/load-environment";
import { expectQuiet, leaveAlone, WITH_AGENTS } from "../support/idle-pair";
import { untilWhole } from "../support/lab-pair";
import { LAB_ENVIRONMENT } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";

const MINUTES = 60;

/** A pair with agents that nobody touches, for longer than the gate has time for: `tests/idle` leaves one alone for minutes. */
describe("a pair with agents that is idle for an hour, on the lab", function () {
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

  it("has raised no alert by the Prometheus of either host, whose rules were evaluated all the time", async () => {
    const idle = await leaveAlone(MINUTES);
    const file = process.env["UNDERSTUDY_IDLE_HOUR"] ?? "docs/results/idle_hour.json";
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(idle, null, 2)}\n`);
    expectQuiet(idle);
  });
});
