import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Backup } from "../../drills/services/backup/backups";
import { pollUntil } from "../../drills/hosts/bounded";
import { send } from "../../drills/hosts/http";
import type { EvidenceDocument } from "../../evidence/document";
import { openDefaultRedis } from "../support/default-redis";
import type { PairStatus } from "../../operator/status/pair-status";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { HOST_A, LAB_HOSTS } from "../../lab/host/layout";
import { run as runHere } from "../../lab/host/run";
import { containerName, filesVolumeName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { SERVICE_NAMES, type ServiceName } from "../../settings/services";
import { good, untilWhole } from "../support/lab-pair";
import { labCredentials, labEnvironment, understudy, type Finished } from "../support/lab-stacks";
import {
  backup,
  declareEnvironment,
  inBackup,
  json,
  onEngine,
  otherBackupSection,
  upWithBackups,
  upWithoutBackups,
  WITH_BACKUPS,
} from "../support/lab-with-backups";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;
const MIB = 1024 * 1024;
const SOON = { deadlineMs: 60_000, pauseMs: 500 };
const BALLAST = "faults:ballast";

/** Runs a shell line beside the scripts of the backup container, with what they share. */
function withScripts(host: string, line: string): Promise<string> {
  return inBackup(host, `. /understudy/common.sh; ${line}`);
}

/** Since when every container of both hosts runs: what changes when anything is restarted or replaced. */
async function standing(): Promise<Readonly<Record<string, string>>> {
  const seen = await Promise.all(
    ["host-a", "host-b"].map((host) =>
      onEngine(host, ({ docker }) =>
        Promise.all(
          SERVICE_NAMES.map(async (service) => {
            const { Id: id, State: state } = await docker.getContainer(containerName(service)).inspect();
            return [`${host}/${service}`, `${id} ${state.Status} since ${state.StartedAt}`] as const;
          }),
        ),
      ),
    ),
  );
  return Object.fromEntries(seen.flat());
}

describe("backups under faults", function () {
  this.timeout(900_000);
  this.slow(60_000);
  const folder = temporaryFolder();
  let stood: Readonly<Record<string, string>>;
  let newest: Readonly<Partial<Record<ServiceName, string>>>;

  before(async () => {
    await upWithBackups();
    await untilWhole("host-a");
    good(await backup("now"));
    good(await backup("check"));
  });
  after(async () => {
    await labHeal(quiet);
    await onHostA(async (redis) => redis.command("DEL", BALLAST));
    await upWithoutBackups();
  });

  beforeEach(async () => {
    stood = await standing();
    newest = Object.fromEntries((await listed()).map((one) => [one.service, one.id]));
  });
  /** Whatever has happened: every service runs on untouched, and the last good backups are there and sound. */
  afterEach(async () => {
    await labHeal(quiet);
    expect(await standing(), "no service was touched").to.deep.equal(stood);
    await untilWhole("host-a");
    const ids = (await listed()).map((one) => one.id);
    for (const service of SERVICE_NAMES) expect(ids, `the last good backup of ${service}`).to.include(newest[service]);
    expect((await inBackup("host-b", "sh /understudy/ask.sh check 256")).trim()).to.equal("sound");
  });

  function listed(): Promise<Backup[]> {
    return json<Backup[]>(backup("list", "--output", "json"));
  }

  async function onHostA(
    use: (redis: Awaited<ReturnType<typeof openDefaultRedis>>) => Promise<unknown>,
  ): Promise<void> {
    const redis = await openDefaultRedis(
      viewFrom(labEnvironment(), "host-a").self,
      labEnvironment(),
      await labCredentials(),
    );
    await use(redis).finally(() => redis.close());
  }

  /** Gives Redis so much that no backup has it yet. */
  async function ballast(mib: number): Promise<void> {
    const value = randomBytes((mib * MIB) / 2).toString("hex");
    await onHostA((redis) => redis.command("SET", BALLAST, value));
  }

  function metricsOf(name: string): Promise<string> {
    const { self: host } = viewFrom(labEnvironment(), name);
    return send({ host, port: labEnvironment().ports.backup_metrics, path: "/metrics.txt", timeoutMs: 5000 });
  }

  /** The command must have failed with these words, and with a next command. */
  function expectRefusal(finished: Finished, code: number, ...says: readonly RegExp[]): void {
    expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
    for (const words of says) expect(finished.stderr).to.match(words);
    expect(finished.stderr).to.match(/^next: \S/m);
  }

  async function soonGood(...words: string[]): Promise<void> {
    const { reading } = await pollUntil(
      () => backup(...words),
      ({ code }) => code === 0,
      SOON,
    );
    good(reading);
  }

  /** Everything is well again, as a drill would find it. */
  async function allGood(...services: readonly ServiceName[]): Promise<void> {
    // What a container knows of the other host's room is some seconds old.
    for (const service of services) await soonGood("now", "--service", service);
    await soonGood("check");
  }

  /** A drill stops at backup-sync-check, before anything was touched. */
  async function drillStops(reason: RegExp, { environment = WITH_BACKUPS, execute = false } = {}): Promise<void> {
    const file = path.join(folder(), `drill-${Date.now()}.env`);
    const words = ["failover", "--env-config", environment, "--output-file", file];
    const run = await understudy(...words, ...(execute ? ["--execute"] : []));
    expect(run.code, run.stdout + run.stderr).to.equal(1);
    const document = JSON.parse(readFileSync(file.replace(/env$/, "json"), "utf8")) as EvidenceDocument;
    expect(document.failedStep).to.equal("backup-sync-check");
    expect(document.steps[1]?.failure?.reason).to.match(reason);
    expect(document.steps.slice(2).map((one) => one.status)).to.deep.equal(["skipped", "skipped", "skipped"]);
    expect(run.stdout + run.stderr).to.include("understudy backup check");
  }

  /** Waits until a backup is being written to the other host. */
  async function beingWritten(host: string, program: string): Promise<void> {
    const { reached } = await pollUntil(
      () => inBackup(host, `grep -lsa '${program}' /proc/[0-9]*/cmdline >/dev/null && echo yes || echo no`),
      (said) => said === "yes",
      { deadlineMs: 60_000, pauseMs: 200 },
    );
    expect(reached, `${program} runs on ${host}`).to.equal(true);
  }

  it("a slow line: the backup is taken all the same, and a second one at once is refused in words", async () => {
    await ballast(2);
    await strikeFault("slow-link", undefined, quiet);
    const first = backup("now", "--service", "redis");
    await beingWritten("host-a", "^[r]estic.*backup");
    const second = await backup("now", "--service", "redis");
    expectRefusal(second, 3, /redis of host-a/, /is being taken already/);
    good(await first);
    await allGood();
  });

  it("the line is cut: no backup is begun, and the host that does not answer is named with its address", async () => {
    await strikeFault("cut-hosts", undefined, quiet);
    expectRefusal(
      await backup("now", "--service", "redis"),
      1,
      /redis of host-a.*host-b does not answer at 10\.91\.0\.132/,
    );
    expectRefusal(await backup("now", "--service", "timescaledb"), 1, /timescaledb of host-a.*10\.91\.0\.131/);
    await labHeal(quiet);
    await untilWhole("host-a");
    await allGood("redis", "timescaledb");
  });

  it("the line is cut in the middle of a backup: it is given up, and the ones before it are good", async () => {
    await ballast(4);
    await strikeFault("slow-link", undefined, quiet);
    const cut = backup("now", "--service", "redis");
    await beingWritten("host-a", "^[r]estic.*backup");
    await strikeFault("cut-hosts", undefined, quiet);
    expectRefusal(await cut, 1, /redis of host-a was not backed up to host-b.*host-b has not answered for 45 s/);
    await labHeal(quiet);
    await untilWhole("host-a");
    await allGood("redis");
  });

  it("the target's disk is full: refused with what is free and what must be, whoever writes there", async () => {
    await strikeFault("full-disk", "host-b", quiet);
    await pollUntil(
      () => metricsOf("host-b"),
      (text) => /^understudy_backup_free_bytes \d{1,7}$/m.test(text),
      SOON,
    );
    for (const service of ["redis", "timescaledb"]) {
      expectRefusal(
        await backup("now", "--service", service),
        1,
        new RegExp(`${service} of host-a.*no room on host-b: \\d MiB are free for backups, at least 64 MiB must be`),
      );
    }
    const checked = await backup("check");
    expectRefusal(checked, 1, /room for backups, MiB, at least on host-b: \d, must be 64/);
    expect(checked.stderr, "an attempt that a full disk could not note").to.match(
      /timescaledb last backup attempt on host-a: failed: no room on host-b/,
    );
    await labHeal(quiet);
    await allGood("redis", "timescaledb");
  });

  it("a base backup is interrupted: nothing of it stays, and its reason is told", async () => {
    await strikeFault("slow-link", undefined, quiet);
    const interrupted = backup("now", "--service", "timescaledb");
    await beingWritten("host-b", "^[p]g_basebackup");
    const kill = "kill -9 $(grep -lsa '^[p]g_basebackup' /proc/[0-9]*/cmdline | cut -d / -f 3); echo killed";
    await inBackup("host-b", kill);
    expectRefusal(await interrupted, 1, /timescaledb of host-a was not backed up to host-b: pg_basebackup/);
    expect(await inBackup("host-b", "ls -A /backup/staging; echo end")).to.equal("end");
    await labHeal(quiet);
    await untilWhole("host-a");
    await allGood("timescaledb");
  });

  describe("a wrong password", () => {
    const kept = new Map<string, string>();
    // Its container cannot write it, so this is done on the host's disk.
    const secret = (host: string): string => {
      const root = LAB_HOSTS.find(({ name }) => name === host)?.dataRoot ?? "";
      return path.join(root, "volumes", filesVolumeName("backup"), "_data/current/backup");
    };
    const spoil = (host: string): void => {
      kept.set(host, readFileSync(secret(host), "utf8"));
      writeFileSync(secret(host), "wrong\n");
    };
    const mend = (host: string): void => {
      const text = kept.get(host);
      if (text !== undefined) writeFileSync(secret(host), text);
    };

    it("where backups are taken: the failure shows in status, in the metrics, in Prometheus and stops the next drill", async () => {
      spoil("host-a");
      try {
        expectRefusal(await backup("now", "--service", "redis"), 1, /redis of host-a.*wrong password/);
        const status = await understudy("status", "--env-config", WITH_BACKUPS, "--output", "json");
        expect(status.code).to.equal(1);
        const { rows } = JSON.parse(status.stdout) as PairStatus;
        const row = rows.find((one) => one.host === "host-a" && one.service === "redis");
        expect(row?.reason).to.match(/last backup: the last attempt failed: restic: .*wrong password/);
        expect(row?.next).to.equal("understudy backup check");
        const { ports } = labEnvironment();
        const labels = `{of_host="host-a",of_service="redis"}`;
        const { reading } = await pollUntil(
          () => metricsOf("host-a"),
          (text) => text.includes(`understudy_backup_last_attempt_succeeded${labels} 0`),
          SOON,
        );
        expect(reading).to.include(`understudy_backup_last_attempt_succeeded${labels} 0`);
        expect(reading, "its age").to.match(
          /understudy_backup_last_good_timestamp_seconds\{of_host="host-a",of_service="redis"\} \d+/,
        );
        const query = new URLSearchParams({ query: `understudy_backup_last_attempt_succeeded${labels} == 0` });
        const path = `/api/v1/query?${query.toString()}`;
        const { self: host } = viewFrom(labEnvironment(), "host-a");
        const scraped = await pollUntil(
          () => send({ host, port: ports.prometheus, path, timeoutMs: 5000 }),
          (text) => text.includes('"of_service":"redis"'),
          SOON,
        );
        expect(scraped.reading).to.include('"of_service":"redis"');
        expectRefusal(
          await backup("check"),
          1,
          /redis last backup attempt on host-a: failed: .*wrong password.*must be ok/,
        );
        await drillStops(/redis last backup attempt on host-a: failed: .*wrong password/);
      } finally {
        mend("host-a");
      }
      await allGood("redis");
    });

    it("where they lie: nothing is listed, checked or restored, and the reason is told once", async () => {
      spoil("host-b");
      try {
        expect((await backup("list")).stderr).to.include("wrong password");
        expectRefusal(await backup("check"), 1, /the backups of host-a on host-b cannot be read: .*wrong password/);
        await drillStops(/the backups of host-a on host-b cannot be read: .*wrong password/);
      } finally {
        mend("host-b");
      }
      await allGood();
    });
  });

  describe("a damaged repository", () => {
    const pack = (): Promise<string> =>
      inBackup("host-b", "find /backup/repository/host-a/data -type f -size +4k | sort | head -n 1");

    it("with one flipped byte: the check names host and services, and stops the drill", async () => {
      const file = await pack();
      const flip = `printf '%b' "\\\\0$(printf '%o' $(( $(od -An -tu1 -j2000 -N1 ${file}) ^ 255 )))" | dd of=${file} bs=1 seek=2000 conv=notrunc 2>/dev/null; echo flipped`;
      await inBackup("host-b", flip);
      try {
        expectRefusal(await backup("check"), 1, /backup repository on host-a: (backups of|damaged).*must be sound/);
        await drillStops(/backup repository on host-a/);
      } finally {
        await inBackup("host-b", flip);
      }
    });

    it("with a missing file: the check names host and services", async () => {
      const file = await pack();
      await inBackup("host-b", `mv ${file} /backup/kept-pack; echo moved`);
      try {
        expectRefusal(await backup("check"), 1, /backup repository on host-a: .*must be sound/);
      } finally {
        await inBackup("host-b", `mv /backup/kept-pack ${file}; echo back`);
      }
    });
  });

  it("a clock that is wrong: a backup from the future is not taken for a young one", async () => {
    const said = await withScripts(
      "host-b",
      "theirs backup --time '2031-01-01 00:00:00' --host host-a --tag redis --tag bytes:1 /etc/hostname",
    );
    const [, id = ""] = /snapshot ([0-9a-f]+) saved/.exec(said) ?? [];
    expect(id, said).not.to.equal("");
    try {
      expectRefusal(await backup("check"), 1, /redis backup age, seconds on host-a: its time 2031-.* in the future/);
      await drillStops(/redis backup age, seconds on host-a: its time 2031-/);
    } finally {
      // A backup that was cut off has left a lock, with which restic forgets nothing.
      await inBackup("host-b", `rm /backup/repository/host-a/snapshots/${id}* && echo removed`);
    }
    await allGood();
  });

  it("a restore onto a smaller disk: refused before it begins, with both sizes", async () => {
    const filler = path.join(HOST_A.disk, "smaller-disk");
    const { bavail, bsize } = statfsSync(HOST_A.disk);
    await runHere("fallocate", ["--length", String(bavail * bsize - 20 * MIB), filler], { timeoutMs: 60_000 });
    try {
      expectRefusal(
        await backup(
          ...["restore", "--service", "timescaledb", "--to", "service", "--overwrite", "lab/host-a/timescaledb"],
        ),
        1,
        /host-a has no room for timescaledb: its backup \w+ of \S+ needs \d{8,} bytes beside what is there, and \d{1,8} are free; nothing was begun/,
      );
    } finally {
      rmSync(filler, { force: true });
    }
    const left = await onEngine("host-b", ({ docker }) => docker.listContainers({ all: true }));
    expect(left.flatMap((one) => one.Names).filter((name) => name.includes("scratch"))).to.deep.equal([]);
  });

  describe("limits that are not kept", () => {
    const withSection = async (
      section: Readonly<Record<string, unknown>>,
      use: (environment: string) => Promise<void>,
    ): Promise<void> => {
      const environment = otherBackupSection(path.join(folder(), "other.yaml"), section);
      await declareEnvironment(environment);
      await use(environment).finally(() => declareEnvironment(WITH_BACKUPS));
    };
    const check = (environment: string): Promise<Finished> =>
      understudy("backup", "check", "--env-config", environment);

    it("too old: the service, its host, its age and the limit", () =>
      withSection({ max_age_minutes: 1 }, async (environment) => {
        const { reading } = await pollUntil(
          () => check(environment),
          ({ stderr }) => /prometheus backup age, seconds on host-a: \d+, must be 60/.test(stderr),
          { deadlineMs: 120_000, pauseMs: 2000 },
        );
        expectRefusal(
          reading,
          1,
          /prometheus backup age, seconds on host-a: \d+, must be 60/,
          /understudy backup now --host host-a --service prometheus/,
        );
        await drillStops(/backup age, seconds on host-a: \d+, must be 60/, { environment });
      }));

    it("no room: the host that keeps the backups, what is free and what must be", () =>
      withSection({ min_free_mib: 10_000_000 }, async (environment) => {
        expectRefusal(await check(environment), 1, /room for backups, MiB, at least on host-b: \d+, must be 10000000/);
        await drillStops(/room for backups, MiB, at least on host-b: \d+, must be 10000000/, { environment });
      }));

    it("no backup of one service at all: an executed drill stops, and nothing is touched", async () => {
      const ids = (await listed()).filter((one) => one.service === "alertmanager").map((one) => one.id);
      const move = (from: string, to: string): string => ids.map((id) => `mv ${from}/${id} ${to}/`).join(" && ");
      const [there, aside] = ["/backup/repository/host-a/snapshots", "/backup/kept"];
      await inBackup("host-b", `mkdir -p ${aside} && ${move(there, aside)} && echo moved`);
      try {
        expectRefusal(await backup("check"), 1, /alertmanager backup age, seconds on host-a: none yet, must be 7200/);
        await drillStops(/alertmanager backup age, seconds on host-a: none yet/, { execute: true });
      } finally {
        await inBackup("host-b", `${move(aside, there)} && rmdir ${aside} && echo back`);
      }
      await allGood();
    });
  });
});
