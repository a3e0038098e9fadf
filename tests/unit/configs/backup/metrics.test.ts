import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../../../support/temporary-folder";

const SCRIPTS = path.resolve(__dirname, "../../../../configs/backup");

describe("what the backup container tells Prometheus", () => {
  const folder = temporaryFolder();

  /** The samples after attempts ended so, by the text before their value. */
  function metrics(attempts: Readonly<Record<string, string>>): Readonly<Record<string, number>> {
    const [backup, run] = [path.join(folder(), "backup"), path.join(folder(), "run")];
    for (const one of [`${backup}/status`, `${backup}/wal`, `${run}/www`]) mkdirSync(one, { recursive: true });
    for (const [name, text] of Object.entries(attempts)) writeFileSync(path.join(backup, "status", name), text);
    const { status, stderr } = spawnSync("sh", [path.join(SCRIPTS, "metrics.sh")], {
      encoding: "utf8",
      env: {
        ...{ PATH: process.env["PATH"], UNDERSTUDY_BIN: SCRIPTS, UNDERSTUDY_BACKUP_FOLDER: backup },
        ...{ UNDERSTUDY_RUN_FOLDER: run, UNDERSTUDY_HOST: "host-a", UNDERSTUDY_PEER_HOST: "host-b" },
        ...{ UNDERSTUDY_MAX_AGES: "redis=60 timescaledb=120", UNDERSTUDY_MIN_FREE_BYTES: "5" },
      },
    });
    expect(status, stderr).to.equal(0);
    const lines = readFileSync(path.join(run, "www/metrics.txt"), "utf8").split("\n");
    return Object.fromEntries(
      lines
        .filter((line) => /^[^#]/.test(line))
        .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  }

  it("is the age and result of each service's backup, its limit, and the room", () => {
    const samples = metrics({
      "host-a.redis": "result=ok\nat=1764000009\ngood_at=1764000000\nbytes=9\n",
      "host-b.timescaledb": "result=failed\nat=1764000010\nreason=a=b\n",
    });
    const redis = '{of_host="host-a",of_service="redis"}';
    const postgres = '{of_host="host-b",of_service="timescaledb"}';
    expect(samples).to.include({
      [`understudy_backup_last_good_timestamp_seconds${redis}`]: 1_764_000_000,
      [`understudy_backup_last_attempt_succeeded${redis}`]: 1,
      [`understudy_backup_last_attempt_succeeded${postgres}`]: 0,
      [`understudy_backup_max_age_seconds${redis}`]: 60,
      [`understudy_backup_max_age_seconds${postgres}`]: 120,
      understudy_backup_min_free_bytes: 5,
    });
    expect(samples, "there is no good one, and that is not zero").to.not.have.property(
      `understudy_backup_last_good_timestamp_seconds${postgres}`,
    );
    expect(samples["understudy_backup_free_bytes"]).to.be.greaterThan(0);
  });
});
