import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { rejoinReportSchema } from "../../drills/rejoin/report";
import { diverge, onHost } from "../support/diverge";
import { declareAsAtFirst, good, swapTo, untilRoles } from "../support/lab-pair";
import { LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const TABLE = "understudy_extended_orders";

describe("a former primary that has rows of a user's table", function () {
  this.timeout(400_000);
  const folder = temporaryFolder();

  before(async () => {
    await onHost("host-a", (sql) => sql.query(`create table ${TABLE} (id int primary key, note text)`));
    await diverge("host-a", "host-b", `extended-kept-${Date.now()}`, 2, (sql) =>
      sql.query(`insert into ${TABLE} select n, 'only here' from generate_series(1, 5000) n`),
    );
    for (const [stack, role] of [
      ["primary", "standby"],
      ["standby", "primary"],
    ] as const)
      good(await pulumi("-s", stack, "config", "set", "understudy:role", role));
  });
  after(async () => {
    const words = ["rejoin", "host-a", "--env-config", LAB_ENVIRONMENT, "--execute"];
    good(await understudy(...words, "--output-file", `${folder()}/rejoin.json`));
    const { timescaledb } = rejoinReportSchema.parse(JSON.parse(readFileSync(`${folder()}/rejoin.json`, "utf8")));
    const kept = path.posix.basename(timescaledb?.salvage?.folder ?? "");
    good(await understudy("salvage", "remove", "lab/host-a", kept, "--env-config", LAB_ENVIRONMENT));
    await untilRoles("standby", "primary");
    await swapTo("host-a", `${folder()}/back.env`);
    await declareAsAtFirst();
    await onHost("host-a", (sql) => sql.query(`drop table if exists ${TABLE}`));
  });

  it("is not returned by `up`, which names the verb that does", async () => {
    const up = await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute");
    expect(up.code).to.equal(1);
    expect(up.stdout + up.stderr)
      .to.match(/not returned unasked/)
      .and.match(/understudy rejoin host-a/);
  });
});
