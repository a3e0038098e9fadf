import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { startLoad as startClients, type RunningLoad as RunningClients } from "../../drills/clients/client-load";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { clientErrorsOf } from "../../evidence/client-figures";
import { startLoad, type RunningLoad } from "../../lab/bench/load";
import type { RotationOutcome } from "../../operator/rotate/rotate";
import { loadEnvironment } from "../../settings/load-environment";
import { EVENTS_TABLE } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { good, untilWhole } from "../support/lab-pair";
import { EVERY_SECRET, rotationLab, waitsForClients, type RotationLab } from "../support/lab-rotation";
import { labCredentials, labEnvironment, understudy } from "../support/lab-stacks";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const LOADER = { user: "rotation_loader", password: "the-loaders-own" };
/** Statements that each load has to get done while one secret is exchanged. */
const LEAST = 20;

/** Every secret, beside pgbench, redis-benchmark and clients that count each of their statements. */
describe("the exchange of every secret under load, on the lab", function () {
  this.timeout(3_600_000);
  const folder = temporaryFolder();
  let lab: RotationLab;
  let bench: RunningLoad | undefined;
  let clients: readonly RunningClients[] = [];

  before(async () => {
    await untilWhole("host-a");
    lab = await rotationLab(folder());
    const superuser = await openSuperuser(primary());
    try {
      await superuser.query(`create role ${LOADER.user} login password '${scramVerifier(LOADER.password)}'`);
      await superuser.query(`grant usage on schema understudy to ${LOADER.user}`);
      await superuser.query(`grant select, insert on ${EVENTS_TABLE} to ${LOADER.user}`);
    } finally {
      await superuser.end();
    }
    bench = await startLoad(labEnvironment());
  });
  // Those of a case that failed.
  afterEach(async () => {
    await Promise.all(clients.map((one) => one.abort()));
    clients = [];
  });
  after(async () => {
    await bench?.stop();
    const superuser = await openSuperuser(primary());
    try {
      await superuser.query(`drop owned by ${LOADER.user}`);
      await superuser.query(`drop role ${LOADER.user}`);
    } finally {
      await superuser.end();
    }
    await lab.end();
    await untilWhole("host-a");
  });

  const primary = () => namedHosts(labEnvironment())[0] ?? expect.fail("no host");

  async function startCounting(run: string): Promise<void> {
    const environment = loadEnvironment(lab.environment[1] ?? "");
    const { redis: password } = await labCredentials();
    const { ports } = environment;
    const { address: host } = primary();
    const common = { originNs: String(process.hrtime.bigint()), maxDurationMs: 3_600_000 };
    const started = await Promise.all([
      startClients({
        ...{ driver: "node-postgres", run: `${run}/pg`, ...LOADER },
        ...{ ...common, addresses: [{ host, port: ports.postgres }] },
      }),
      startClients({
        ...{ driver: "redis-py", run: `${run}/redis`, user: "default", password },
        ...{ ...common, addresses: [{ host, port: ports.redis }] },
      }),
    ]);
    clients = started.map((one) => ("reason" in one ? expect.fail(`${one.driver}: ${one.reason}`) : one));
    await Promise.all(clients.map(({ ready }) => ready));
  }

  /** Ends the clients; every statement of theirs was answered. */
  async function expectNoneLost(): Promise<void> {
    const all = await Promise.all(clients.map((one) => one.finish()));
    clients = [];
    for (const load of all) {
      expect(load.samples.end.length, `${load.driver}: statements`).to.be.greaterThan(LEAST);
      expect(clientErrorsOf(load), `${load.driver}: ${JSON.stringify(load)}`.slice(0, 2000)).to.equal(0);
    }
  }

  for (const name of EVERY_SECRET)
    it(`${name.join(" ")}: no statement fails, and nothing waits for another run`, async () => {
      await startCounting(name.join("-"));
      const file = path.join(folder(), `${name.join("-")}.json`);
      const run = async (...words: readonly string[]): Promise<RotationOutcome> => {
        good(await understudy("rotate", ...name, ...lab.environment, ...words, "--execute", "--output-file", file));
        return JSON.parse(readFileSync(file, "utf8")) as RotationOutcome;
      };
      const first = await run();
      expect(first.failure).to.equal(null);
      if (waitsForClients(name)) expect((await run("--drop-old")).failure).to.equal(null);
      await sleep(2000);
      await expectNoneLost();
      await untilWhole("host-a");
      const dry = good(await understudy("rotate", ...name, ...lab.environment, "--output", "json"));
      expect((JSON.parse(dry.stdout) as RotationOutcome).underWay).to.equal(false);
    });

  it("leaves a pair that changes its roles, restores what was backed up before, and whose backups are sound", async () => {
    const environment = lab.environment;
    for (const to of ["host-b", "host-a"] as const) {
      good(await understudy("switchover", ...environment, "--to", to, "--execute"));
      await untilWhole(to);
    }
    good(await understudy("backup", "check", ...environment));
  });

  it("wrote beside all of them", async () => {
    const done = await bench?.stop();
    bench = undefined;
    expect(done?.pgbenchTransactions).to.be.greaterThan(0);
    expect(done?.redisBenchmarkRequests).to.be.greaterThan(0);
  });
});
