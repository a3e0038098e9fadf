import { execFile, spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import { rejoinReportSchema, type RejoinReport } from "../../drills/rejoin/report";
import { dropIdleSlot } from "../../drills/hosts/postgres";
import { LAB_FILES } from "../../lab/host/layout";
import { CHECKOUT } from "../../lab/host/project";
import type { Salvage } from "../../operator/salvage/list-salvages";
import { containerName, EVENTS_TABLE, slotName } from "../../settings/names";
import { namedHosts, viewFrom, type Role } from "../../settings/pair";
import { diverge, onHost, toStores } from "../support/diverge";
import { good } from "../support/lab-pair";
import {
  labCredentials,
  labEnvironment,
  LAB_ENVIRONMENT,
  pulumi,
  understudy,
  type Finished,
} from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

async function expectRoles(hostA: Role | undefined, hostB: Role | undefined): Promise<void> {
  const environment = labEnvironment();
  const topology = await observePair(namedHosts(environment), environment, await labCredentials());
  expect([observedRole(topology, "host-a"), observedRole(topology, "host-b")]).to.deep.equal([hostA, hostB]);
}

async function declare(primaryStack: Role, standbyStack: Role): Promise<void> {
  good(await pulumi("-s", "primary", "config", "set", "understudy:role", primaryStack));
  good(await pulumi("-s", "standby", "config", "set", "understudy:role", standbyStack));
  for (const stack of ["primary", "standby"]) await pulumi("-s", stack, "config", "rm", "understudy:drill");
}

describe("return of a former primary", function () {
  this.timeout(400_000);
  const folder = temporaryFolder();
  const rejoin = (host: string, ...words: string[]): Promise<Finished> =>
    understudy("rejoin", host, "--env-config", LAB_ENVIRONMENT, ...words);

  async function brought(host: string): Promise<RejoinReport> {
    const file = `${folder()}/rejoin-${Date.now()}.json`;
    good(await rejoin(host, "--execute", "--output-file", file));
    return rejoinReportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  }

  const events = (host: string, run: string): Promise<number[]> =>
    onHost(host, async (sql) => {
      const { rows } = await sql.query<{ seq: string }>(`select seq from ${EVENTS_TABLE} where run = $1 order by seq`, [
        run,
      ]);
      return rows.map((row) => Number(row.seq));
    });

  it("refuses the host that is a writable primary, and a host that is not there", async () => {
    const refused = await rejoin("host-a", "--execute");
    expect(refused.code, refused.stderr).to.equal(3);
    expect(refused.stderr).to.include("on host-a is a writable primary");
    expect((await rejoin("host-c")).code).to.equal(2);
    await expectRoles("primary", "standby");
  });

  it("says that a standby follows already, and leaves it alone", async () => {
    expect(good(await rejoin("host-b", "--execute")).stdout).to.include("already-following");
  });

  describe("that was killed with nothing of its own", () => {
    before(() => diverge("host-a", "host-b", "e2e-followed", 0));

    it("is not writable, and no second swap is made before it follows", async () => {
      expect((await rejoin("host-a")).stdout).to.match(/would (follow as it is|be started)/);
      const swap = await understudy(
        "failover",
        "--env-config",
        LAB_ENVIRONMENT,
        "--output-file",
        `${folder()}/x.env`,
        "--execute",
      );
      expect(swap.code, swap.stdout + swap.stderr).to.be.oneOf([1, 3]);
      await expectRoles(undefined, "primary").catch(() => expectRoles("standby", "primary"));
    });

    it("follows as it is, and has nothing to salvage", async () => {
      const report = await brought("host-a");
      expect(report.timescaledb).to.deep.include({ how: "followed", salvage: null, diverged: null });
      expect(report.redis?.how).to.equal("followed");
      expect(report.unprotectedUntil).not.to.equal(null);
      await expectRoles("standby", "primary");
      await declare("standby", "primary");
    });
  });

  describe("that has events of its own", () => {
    const run = `e2e-rewound-${Date.now()}`;
    before(() => diverge("host-b", "host-a", run, 7));

    it("is held, and its stack is refused while it declares the host primary; nothing is started by that", async () => {
      await toStores("host-b", "stop");
      await declare("primary", "primary");
      const up = await pulumi("-s", "standby", "up", "--yes", "--skip-preview");
      expect(up.code).not.to.equal(0);
      expect(up.stdout + up.stderr).to.include("host-a is primary: there would be two");
      expect(up.stdout + up.stderr).to.include("Next: pulumi -s standby config set understudy:role standby");
      const engine = connectEngine(viewFrom(labEnvironment(), "host-b").self);
      const { State: state } = await engine.docker.getContainer(containerName("timescaledb")).inspect();
      engine.close();
      expect(state.Running).to.equal(false);
    });

    it("may be killed on its way, command and container", async () => {
      const child = spawn("bin/understudy", ["rejoin", "host-b", "--env-config", LAB_ENVIRONMENT, "--execute"], {
        cwd: CHECKOUT,
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const { reached } = await pollUntil(
        () => Promise.resolve(said),
        (words) => words.includes("brought back by a rewind"),
        { deadlineMs: 90_000, pauseMs: 50 },
      );
      child.kill("SIGKILL");
      await toStores("host-b", "kill");
      expect(reached, said).to.equal(true);
      await toStores("host-b", "start");
    });

    it("is rewound by the next run; what it had and the primary has not is saved and listed, event by event", async () => {
      const report = await brought("host-b");
      expect(report.timescaledb?.how).to.equal("rewound");
      const { timescaledb, redis } = report;
      const seqs = (salvage: NonNullable<typeof timescaledb>["salvage"]): readonly (number | null)[] =>
        (salvage?.listed ?? [])
          .filter((one) => one.run === run)
          .map((one) => one.seq)
          .sort((one, two) => (one ?? 0) - (two ?? 0));
      expect([timescaledb?.salvage?.lostEvents, redis?.salvage?.lostEvents]).to.deep.equal([7, 7]);
      expect(seqs(timescaledb?.salvage ?? null)).to.deep.equal([6, 7, 8, 9, 10, 11, 12]);
      expect(seqs(redis?.salvage ?? null)).to.deep.equal([6, 7, 8, 9, 10, 11, 12]);
      expect(redis?.keys?.listed).to.deep.equal([`only-there:${run}`]);
      const expected = [1, 2, 3, 4, 5, 1001];
      expect([await events("host-a", run), await events("host-b", run)]).to.deep.equal([expected, expected]);
      expect(JSON.stringify(report)).not.to.match(/password/i);
    });

    it("is the standby that it is declared to be from now on", async () => {
      await declare("primary", "standby");
      await expectRoles("primary", "standby");
    });
  });

  describe("whose WAL the primary no longer has", () => {
    before(async () => {
      await toStores("host-b", "stop");
      await onHost("host-a", async (sql) => {
        await sql.query("alter system set wal_keep_size = 0");
        await sql.query("select pg_reload_conf()");
        await pollUntil(
          () =>
            dropIdleSlot(sql, slotName("host-b")).then(() =>
              sql.query("select from pg_replication_slots where slot_name = $1", [slotName("host-b")]),
            ),
          ({ rowCount }) => rowCount === 0,
          { deadlineMs: 30_000, pauseMs: 250 },
        );
        for (let turn = 0; turn < 4; turn += 1) {
          await sql.query("create table if not exists filler (one int)");
          await sql.query("insert into filler select generate_series(1, 1000)");
          await sql.query("select pg_switch_wal()");
        }
        await sql.query("checkpoint");
      });
    });
    after(async () => {
      // The clone has it from there.
      for (const host of ["host-a", "host-b"] as const)
        await onHost(host, async (sql) => {
          await sql.query("alter system reset wal_keep_size");
          await sql.query("select pg_reload_conf()");
        });
      await onHost("host-a", (sql) => sql.query("drop table if exists filler"));
    });

    it("is cloned by `pulumi up` of its stack, which declares it standby; a second one changes nothing", async () => {
      const before = new Set(globSync(`${LAB_FILES.project}/docs/results/rejoin_host-b_*.json`));
      good(await pulumi("-s", "standby", "up", "--yes", "--skip-preview"));
      const [file = "", ...more] = globSync(`${LAB_FILES.project}/docs/results/rejoin_host-b_*.json`).filter(
        (one) => !before.has(one),
      );
      expect(more).to.deep.equal([]);
      const report = rejoinReportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
      expect(report.timescaledb).to.deep.include({ how: "cloned", salvage: null });
      good(await pulumi("-s", "standby", "up", "--yes", "--skip-preview", "--expect-no-changes"));
      await expectRoles("primary", "standby");
    });
  });

  describe("that has rows of a user's table", () => {
    const salvage = (...words: string[]): Promise<Finished> =>
      understudy("salvage", ...words, "--env-config", LAB_ENVIRONMENT);
    const kept = async (): Promise<Salvage[]> => {
      const { stdout } = good(await salvage("list", "host-a", "--output", "json"));
      return (JSON.parse(stdout) as { salvages: Salvage[] }).salvages;
    };
    let name = "";

    before(async () => {
      await onHost("host-a", (sql) => sql.query("create table understudy_e2e_orders (id int primary key, note text)"));
      await diverge("host-a", "host-b", `e2e-kept-${Date.now()}`, 2, (sql) =>
        sql.query("insert into understudy_e2e_orders select n, 'only here' from generate_series(1, 5000) n"),
      );
      await declare("standby", "primary");
    });
    after(async () => {
      // `host-b` stays primary: what follows takes either.
      await salvage("close", "host-a");
      await onHost("host-b", (sql) => sql.query("drop table if exists understudy_e2e_orders"));
    });

    it("says so before, and keeps the old data folder whole beside a clone", async () => {
      expect((await rejoin("host-a")).stdout).to.match(/user data .*understudy_e2e_orders \+5000 ~0 -0 rows/);
      const { timescaledb } = await brought("host-a");
      expect(timescaledb?.how).to.equal("cloned");
      expect(timescaledb?.salvage).to.include({ keptFolder: true, lostEvents: 2 });
      expect(timescaledb?.diverged?.content).to.include({ complete: true, userTransactions: 1 });
      name = path.posix.basename(timescaledb?.salvage?.folder ?? "");
      await expectRoles("standby", "primary");
    });

    it("can be read there, by the command that `salvage open` prints, and not written", async () => {
      const { stdout } = good(await salvage("open", "host-a", name, "--output", "json"));
      const { commands } = JSON.parse(stdout) as { commands: string[] };
      const psql = commands[0]
        ?.replace("ssh -t", "ssh")
        .replace("exec -it", "exec")
        .replace(/-d \S+$/, "-d understudy");
      const ask = (query: string): Promise<string> =>
        promisify(execFile)("sh", ["-c", `${psql ?? ""} -Atqc "'${query}'" 2>&1 || :`]).then((one) =>
          one.stdout.trim(),
        );
      expect(await ask("select count(*), min(note) from understudy_e2e_orders")).to.equal("5000|only here");
      expect(await ask("delete from understudy_e2e_orders")).to.match(/read-only transaction/);
      expect((await salvage("remove", "lab/host-a", name)).code).to.equal(3);
    });

    it("goes only by its name, once it is closed", async () => {
      good(await salvage("close", "host-a"));
      expect((await salvage("remove", "lab/host-a", "no-such-name")).code).to.equal(2);
      good(await salvage("remove", "lab/host-a", name));
      expect((await kept()).map((one) => one.name)).not.to.include(name);
    });
  });
});
