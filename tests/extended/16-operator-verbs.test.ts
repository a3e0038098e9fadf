import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { healthReportSchema } from "../../evidence/health-report";
import { openPair } from "../../drills/hosts/sessions";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import { readPairStatus, type PairStatus } from "../../operator/status/pair-status";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { labHeal } from "../../lab/faults/heal";
import { snapshotHost } from "../support/host-snapshot";
import {
  labCredentials,
  labEnvironment,
  LAB_ENVIRONMENT,
  pulumi,
  understudy,
  type Finished,
} from "../support/lab-stacks";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";
import { isFilesVolume } from "../../settings/names";
import { viewFrom } from "../../settings/pair";

const HOSTS = { fromHost: "host-a", toHost: "host-b" };
const ENV = ["--env-config", LAB_ENVIRONMENT];
const SETTLED = { deadlineMs: 240_000, pauseMs: 1000 };

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

async function snapshotBoth(): Promise<unknown> {
  const { from, to, close } = await openPair(HOSTS, labEnvironment(), await labCredentials());
  try {
    return { from: await snapshotHost(from), to: await snapshotHost(to) };
  } finally {
    close();
  }
}

async function untilAllWell(): Promise<void> {
  const credentials = await labCredentials();
  const { reading } = await pollUntil(
    () => readPairStatus(labEnvironment(), credentials, { "host-a": "primary", "host-b": "standby" }),
    (status) => status.good,
    SETTLED,
  );
  expect(reading.rows.filter((row) => row.reason !== null)).to.deep.equal([]);
}

describe("the operator's verbs when a host is out of reach, and up and down for good", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  before(untilAllWell);
  after(() => labHeal(() => undefined));

  describe("status, health and doctor of a pair with a host out of reach", () => {
    before(async () => {
      ended(0, await understudy("lab", "fault", "cut-operator", "--host", "host-b"));
    });
    after(async () => {
      ended(0, await understudy("lab", "heal"));
      await untilAllWell();
    });

    it("health calls it unknown, which is neither healthy nor unhealthy, and exits 1", async () => {
      const said = ended(
        1,
        await understudy("health", ...ENV, "--output-file", path.join(folder(), "cut.json"), "--output", "json"),
      );
      const entries = healthReportSchema.parse(JSON.parse(said.stdout));
      const statuses = (host: string): Set<string> =>
        new Set(entries.filter((one) => one.host === host).map((one) => one.status));
      expect([...statuses("host-b")]).to.deep.equal(["unknown"]);
      expect([...statuses("host-a")]).to.deep.equal(["healthy"]);
    });

    it("status says why, and the next command; doctor says what mends it", async () => {
      const status = ended(1, await understudy("status", ...ENV));
      expect(status.stdout).to.match(/problem {2}host-b .*\n +next: understudy doctor/);
      const { findings } = JSON.parse(
        ended(1, await understudy("doctor", ...ENV, "--output", "json")).stdout,
      ) as Diagnosis;
      const wrong = findings.filter((one) => one.state !== "good");
      expect(new Set(wrong.map((one) => one.host))).to.deep.equal(new Set(["host-b"]));
      expect(wrong.every((one) => one.fix !== null)).to.equal(true);
    });
  });

  describe("up and down", () => {
    // The steps of an earlier drill, which nobody asks for any more, go with the next `up`.
    before(async () => {
      ended(0, await understudy("up", ...ENV, "--execute"));
    });

    it("up is a dry run by default, and changes nothing on either host", async () => {
      const before = await snapshotBoth();
      const said = ended(0, await understudy("up", ...ENV, "--output", "json"));
      const outcome = JSON.parse(said.stdout) as LifecycleOutcome;
      expect(outcome.mode).to.equal("dry-run");
      for (const one of outcome.stacks) expect(Object.keys(one.changes)).to.deep.equal(["same"]);
      expect(await snapshotBoth()).to.deep.equal(before);
    });

    it("up refuses a declaration that the stores contradict, and says which command resolves it", async () => {
      ended(0, await pulumi("-s", "standby", "config", "set", "understudy:role", "primary"));
      try {
        const refused = ended(3, await understudy("up", ...ENV, "--execute"));
        expect(refused.stderr).to.match(/host-b primary, but it is standby.*\nnext: pulumi -s standby config set/);
      } finally {
        ended(0, await pulumi("-s", "standby", "config", "set", "understudy:role", "standby"));
      }
    });

    it("down is a dry run by default, and refuses to remove data of hosts that were not named", async () => {
      const before = await snapshotBoth();
      const said = ended(0, await understudy("down", ...ENV));
      expect(said.stdout)
        .to.match(/^DRY RUN of down/)
        .and.to.include("data kept: understudy-");
      const refused = ended(3, await understudy("down", ...ENV, "--remove-data", "lab/host-a", "--execute"));
      expect(refused.stderr).to.include('"lab/host-a lab/host-b"');
      expect(await snapshotBoth()).to.deep.equal(before);
    });

    it("down takes every container and its passwords, and keeps every volume of data; up finds the data, and every host its role", async () => {
      const before = await volumeNames();
      const kept = await journalRow();
      ended(0, await understudy("down", ...ENV, "--execute"));
      const down = JSON.parse((await understudy("status", ...ENV, "--output", "json")).stdout) as PairStatus;
      expect(new Set(down.rows.map((row) => row.reason))).to.deep.equal(new Set(["there is no container"]));
      expect(await volumeNames()).to.deep.equal(before.map((names) => names.filter((name) => !isFilesVolume(name))));
      const up = ended(0, await understudy("up", ...ENV, "--execute", "--output", "json"));
      expect((JSON.parse(up.stdout) as LifecycleOutcome).good).to.equal(true);
      await untilAllWell();
      expect(await volumeNames()).to.deep.equal(before);
      expect(await rowIsThere(kept)).to.deep.equal([true, true]);
    });
  });
});

/** Names of the volumes on host-a and on host-b. A volume's time is no help: it changes with what is written into it. */
async function volumeNames(): Promise<readonly (readonly string[])[]> {
  const { from, to, close } = await openPair(HOSTS, labEnvironment(), await labCredentials());
  try {
    const lists = await Promise.all([from, to].map(({ engine }) => engine.docker.listVolumes()));
    return lists.map(({ Volumes: volumes }) => volumes.map((one) => one.Name).sort());
  } finally {
    close();
  }
}

/** Writes one row into the journal of the primary, and says which it was. */
async function journalRow(): Promise<string> {
  const run = `kept-${Date.now()}`;
  const superuser = await openSuperuser(viewFrom(labEnvironment(), HOSTS.fromHost).self);
  try {
    await superuser.query("insert into understudy.events (run, seq) values ($1, 1)", [run]);
    return run;
  } finally {
    await superuser.end();
  }
}

/** Whether the row is on host-a, and on host-b. */
async function rowIsThere(run: string): Promise<readonly boolean[]> {
  const { from, to, close } = await openPair(HOSTS, labEnvironment(), await labCredentials());
  try {
    const found = [from, to].map(
      async ({ sql }) => (await sql.query("select from understudy.events where run = $1", [run])).rowCount,
    );
    return (await Promise.all(found)).map((count) => count === 1);
  } finally {
    close();
  }
}
