import { openSuperuser } from "../support/superuser";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { Backup } from "../../drills/services/backup/backups";
import type { Content, Get } from "../../drills/services/backup/content/content";
import { seriesContent } from "../../drills/services/backup/content/monitoring";
import { openScratch } from "../../drills/services/backup/scratch";
import { send } from "../../drills/hosts/http";
import { canaryHost } from "../../drills/services/canary/options";
import { openDefaultRedis } from "../support/default-redis";
import { oneRow } from "../../drills/hosts/postgres";
import { startLoad, type RunningLoad } from "../../lab/bench/load";
import type { Credentials } from "../../settings/credentials";
import { loadEnvironment } from "../../settings/load-environment";
import { containerName, DATABASE, EVENTS_TABLE, SUPERUSER } from "../../settings/names";
import { viewFrom, type NamedHost } from "../../settings/pair";
import { SERVICE_NAMES, STORE_NAMES } from "../../settings/services";
import { good, guardWords, untilWhole } from "../support/lab-pair";
import { labCredentials, labEnvironment, pulumi, understudy } from "../support/lab-stacks";
import { backup, json, onEngine, upWithBackups, upWithoutBackups, WITH_BACKUPS } from "../support/lab-with-backups";
import { numberedThings, RecordedWriter, type Stores, type WrittenService } from "../support/recorded-writes";
import { temporaryFolder } from "../support/temporary-folder";

const WRITTEN = SERVICE_NAMES.filter((one): one is WrittenService => one !== "prometheus");
/** A scrape that was begun may still be on its way. */
const SCRAPE_MS = 15_000;
const EVERY_MS: Readonly<Partial<Record<WrittenService, number>>> = { grafana: 1000, alertmanager: 1000 };
const LOAD_MS = 150_000;
const AFTER_MS = 20_000;
const SHOWN = { deadlineMs: 60_000, pauseMs: 500 };

describe("host-a's data volumes are destroyed, and every service comes back to a point in time", function () {
  this.timeout(900_000);
  this.bail(true);
  this.slow(300_000);
  const run = `story-${Date.now()}`;
  const folder = temporaryFolder();
  let hostA: NamedHost;
  let credentials: Credentials;
  let stores: Stores | undefined;
  let written: ReturnType<typeof numberedThings>;
  let load: RunningLoad | undefined;
  let writers: Readonly<Partial<Record<WrittenService, RecordedWriter>>> = {};
  let backups: readonly Backup[];
  let series: Content;
  let seriesUntil: number;
  const point = { at: "", atMs: 0, lsn: "", name: `${run}.named` };

  before(async () => {
    hostA = viewFrom(labEnvironment(), "host-a").self;
    await upWithBackups();
    credentials = await labCredentials();
    await untilWhole("host-a");
    written = numberedThings(run, canaryHost(hostA, labEnvironment().ports), () => stores!, credentials.grafana);
  });
  after(async () => {
    for (const writer of Object.values(writers)) await writer.stop();
    await load?.stop();
    await closeStores();
    await upWithoutBackups();
  });

  async function closeStores(): Promise<void> {
    await stores?.sql.end().catch(() => undefined);
    stores?.redis.close();
    stores = undefined;
  }

  /** What was written and can be read back, over new sessions: those to a store that was replaced have ended. */
  async function things(): Promise<ReturnType<typeof numberedThings>> {
    await closeStores();
    stores = {
      sql: await openSuperuser(hostA),
      redis: await openDefaultRedis(hostA, labEnvironment(), credentials),
    };
    return written;
  }

  const getPrometheus: Get = (path) =>
    send({ host: hostA, port: labEnvironment().ports.prometheus, path, timeoutMs: 30_000 });

  const backupOf = (service: string): Backup => {
    const found = backups.filter((one) => one.service === service && one.at <= point.at).at(-1);
    if (found === undefined) throw new Error(`no backup of ${service}`);
    return found;
  };

  /** Rows of this run beside the point, as PostgreSQL of host-a has them when it is restored as far as `at`. */
  async function marksRestored(at: string, marks: string): Promise<string> {
    const scratch = await openScratch(loadEnvironment(WITH_BACKUPS), "host-a");
    try {
      const restored = await scratch.restore("timescaledb", at);
      const query = `select string_agg(seq::text, ' ' order by seq) from ${EVENTS_TABLE} where run = '${marks}'`;
      return (await restored.run(["psql", "-h", "/tmp", "-U", SUPERUSER, "-d", DATABASE, "-AtqXc", query])).trim();
    } finally {
      await scratch.close();
    }
  }

  it("writes for some minutes under load, backs everything up, notes a time, a position and a name, and writes on", async () => {
    load = await startLoad(labEnvironment());
    const all = await things();
    writers = Object.fromEntries(WRITTEN.map((one) => [one, new RecordedWriter(all[one], EVERY_MS[one] ?? 200)]));
    await sleep(LOAD_MS);
    const taken = await json<{ service: string }[]>(backup("now", "--output", "json"));
    expect(taken.map((one) => one.service)).to.deep.equal([...SERVICE_NAMES]);
    const { sql } = stores!;
    const mark = (of: string, seq: number): Promise<unknown> =>
      sql.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, $2)`, [`${run}-${of}`, seq]);
    await mark("lsn", 1);
    point.lsn = (await oneRow<{ lsn: string }>(sql, "select pg_current_wal_insert_lsn()::text as lsn")).lsn;
    await mark("lsn", 2);
    await mark("name", 1);
    await sql.query("select pg_create_restore_point($1)", [point.name]);
    await mark("name", 2);
    await sleep(1000);
    point.atMs = Date.now();
    point.at = new Date(point.atMs).toISOString();
    await sleep(AFTER_MS);
    for (const writer of Object.values(writers)) await writer.stop();
    const { pgbenchTransactions } = await load.stop();
    load = undefined;
    expect(pgbenchTransactions).to.be.greaterThan(0);
    backups = await json<Backup[]>(backup("list", "--output", "json"));
    for (const service of WRITTEN) {
      expect(writer(service).acknowledgedBefore(begunMs(service)), service).to.not.be.empty;
      expect(writer(service).begunAfter(point.atMs), `${service}, after the point`).to.not.be.empty;
    }
    seriesUntil = begunMs("prometheus") - SCRAPE_MS;
    series = await seriesContent(getPrometheus, seriesUntil);
    expect(series["series"]).to.be.greaterThan(0);
    // The archive has it all before the host is lost.
    await sql.query("select pg_switch_wal()");
    await sleep(3000);
  });

  function writer(service: WrittenService): RecordedWriter {
    const found = writers[service];
    if (found === undefined) throw new Error(`nothing was written to ${service}`);
    return found;
  }

  function begunMs(service: string): number {
    const { begunAt, at } = backupOf(service);
    return Date.parse(begunAt ?? at);
  }

  it("refuses to overwrite a service that lives, without its name in words", async () => {
    for (const service of ["loki", "timescaledb"]) {
      const words = ["restore", "--service", service, "--at", point.at, "--to", "service"];
      const refused = await backup(...words);
      expect(refused.code, refused.stdout + refused.stderr).to.equal(3);
      expect(refused.stderr)
        .to.include(`${service} of host-a is in service`)
        .and.include(`--overwrite lab/host-a/${service}`);
      expect((await backup(...words, "--overwrite", "lab/host-b/loki")).code).to.equal(3);
    }
    const all = await things();
    const { number } = writer("loki").written.at(-1)!;
    expect(await all.loki.readBack(), "nothing was touched").to.include(number);
  });

  it("loses every container and volume of host-a", async () => {
    await closeStores();
    await onEngine("host-a", async ({ docker }) => {
      const containers = await docker.listContainers({ all: true });
      await Promise.all(containers.map((one) => docker.getContainer(one.Id).remove({ force: true, v: true })));
      const { Volumes: volumes } = await docker.listVolumes();
      await Promise.all(volumes.map((one) => docker.getVolume(one.Name).remove()));
      const networks = await docker.listNetworks();
      for (const one of networks.filter(({ Name: name }) => name.startsWith("understudy")))
        await docker.getNetwork(one.Id).remove();
      expect((await docker.listVolumes()).Volumes).to.deep.equal([]);
    });
  });

  it("is restored in a scratch network on host-b up to the position, and up to the named point", async () => {
    expect(await marksRestored(point.lsn, `${run}-lsn`), "up to the position").to.equal("1");
    expect(await marksRestored(point.name, `${run}-name`), "up to the named point").to.equal("1");
  });

  it("stands up again empty: both stores are held, and nothing begins a new history beside host-b", async () => {
    good(await pulumi("-s", "primary", "refresh", "--yes", "--skip-preview"));
    good(await pulumi("-s", "primary", "up", "--yes", "--skip-preview"));
    for (const store of STORE_NAMES) {
      const { reading } = await pollUntil(
        () => guardWords("host-a", store),
        ({ log }) => /held empty/.test(log),
        SHOWN,
      );
      expect(reading.log, store).to.match(/held empty/);
    }
  });

  it("does not let its emptiness become the newest backup by itself", async () => {
    await sleep(15_000);
    const now = await json<Backup[]>(backup("list", "--output", "json"));
    expect(now.map((one) => one.id)).to.have.members(backups.map((one) => one.id));
  });

  it("refuses to bring a store back beside a standby that has everything, and names the failover", async () => {
    const refused = await backup(
      ...["restore", "--service", "redis", "--at", point.at, "--to", "service", "--overwrite", "lab/host-a/redis"],
    );
    expect(refused.code, refused.stdout + refused.stderr).to.equal(3);
    expect(refused.stderr).to.include("host-b is a standby of redis").and.include("failover --to host-b --unplanned");
  });

  it("brings every service back on host-a, to the time asked for", async () => {
    await onEngine("host-b", async ({ docker }) => {
      for (const store of STORE_NAMES) await docker.getContainer(containerName(store)).stop();
    });
    for (const service of SERVICE_NAMES) {
      good(
        await backup(
          ...[
            "restore",
            "--service",
            service,
            "--at",
            point.at,
            "--to",
            "service",
            "--overwrite",
            `lab/host-a/${service}`,
          ],
        ),
      );
    }
  });

  for (const service of WRITTEN) {
    it(`${service} has what had been acknowledged, and nothing from after the point`, async () => {
      const all = await things();
      // PostgreSQL's log goes on to the point itself; the others have the time of their backup.
      const until = service === "timescaledb" ? point.atMs : begunMs(service);
      const wanted = writer(service).acknowledgedBefore(until);
      const { reading } = await pollUntil(
        () => all[service].readBack().catch((): readonly number[] => []),
        (found) => wanted.every((one) => found.includes(one)),
        SHOWN,
      );
      expect(reading, "everything that was acknowledged").to.include.members([...wanted]);
      expect(new Set(reading).size, "nothing twice").to.equal(reading.length);
      // Silences are gossip: the other host's Alertmanager tells the newer ones at once.
      if (service === "alertmanager") return;
      const after = new Set(writer(service).begunAfter(point.atMs));
      expect(
        reading.filter((one) => after.has(one)),
        "nothing from after the point",
      ).to.deep.equal([]);
    });
  }

  it("prometheus has every series and sample that it had", async () => {
    const { reading } = await pollUntil(
      () => seriesContent(getPrometheus, seriesUntil).catch((): Content => ({})),
      (found) => JSON.stringify(found) === JSON.stringify(series),
      SHOWN,
    );
    expect(reading).to.deep.equal(series);
  });

  it("has its standby again after a rejoin, which saves what only that had", async () => {
    const file = `${folder()}/rejoin.json`;
    const words = ["--env-config", WITH_BACKUPS, "--output-file", file, "--execute"];
    const rejoined = good(await understudy("rejoin", "host-b", ...words));
    expect(rejoined.stdout).to.match(/rewound|cloned/);
    await untilWhole("host-a");
    const sql = await openSuperuser(viewFrom(labEnvironment(), "host-b").self);
    const query = `select count(*)::text as rows from ${EVENTS_TABLE} where run = $1`;
    const { rows } = await oneRow<{ rows: string }>(sql, query, [run]).finally(() => sql.end());
    expect(Number(rows), "host-b has what host-a has").to.equal((await (await things()).timescaledb.readBack()).length);
  });

  it("is backed up again both ways, and a drill would begin", async () => {
    // An archive that goes on with another history is begun anew, with a base backup of its own: one at a time.
    const untilGood = async (...words: string[]): Promise<void> => {
      const { reading } = await pollUntil(
        () => backup(...words),
        ({ code }) => code === 0,
        { deadlineMs: 180_000, pauseMs: 2000 },
      );
      good(reading);
    };
    for (const host of ["host-a", "host-b"]) await untilGood("now", "--host", host);
    await untilGood("check");
    const words = ["--env-config", WITH_BACKUPS, "--output-file", `${folder()}/dry.env`];
    good(await understudy("failover", ...words));
  });
});
