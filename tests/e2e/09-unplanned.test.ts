import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { EvidenceDocument } from "../../evidence/document";
import { openSessions } from "../../drills/hosts/sessions";
import { rejoinReportSchema } from "../../drills/rejoin/report";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { stackConfigFile } from "../../lab/host/project";
import { machineMs } from "../../lab/watch/attempt";
import type { Watch } from "../../lab/watch/watcher";
import { EVENTS_STREAM, EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { onHost } from "../support/diverge";
import { snapshotHost } from "../support/host-snapshot";
import { keepForAcceptance } from "../support/kept-evidence";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";
import {
  acceptedSince,
  drill,
  good,
  pairRoles,
  standingProbe,
  swapTo,
  untilGuardsSay,
  untilRoles,
  untilWhole,
  verdict,
} from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";
import { expectNeverTwo, watching } from "../support/watching";

const quiet = (): void => undefined;

/** Event numbers that a host has of the run which has the most there, read from the stores themselves. */
function eventsOn(host: string, run: string): Promise<Record<StoreName, ReadonlySet<number>>> {
  return onHost(host, async (sql, redis) => {
    const { rows } = await sql.query<{ seq: string }>(`select seq from ${EVENTS_TABLE} where run = $1`, [run]);
    const entries = (await redis.command("XRANGE", EVENTS_STREAM, "-", "+")) as [string, string[]][];
    const seqs = entries.flatMap(([, fields]) => {
      const of = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
      return of("run") === run ? [Number(of("seq"))] : [];
    });
    return { timescaledb: new Set(rows.map(({ seq }) => Number(seq))), redis: new Set(seqs) };
  });
}

function newestProbe(host: string): Promise<string> {
  return onHost(host, async (sql) => {
    const { rows } = await sql.query<{ run: string }>(
      `select run from ${EVENTS_TABLE} where run like 'standing-%' order by run desc limit 1`,
    );
    return rows[0]?.run ?? "";
  });
}

/** Numbers that the probe had acknowledged and the host does not have: counted here, not by the probe. */
function missing({ probe }: EvidenceDocument, store: StoreName, there: ReadonlySet<number>): number {
  const samples = probe?.[store].samples;
  const acknowledged = new Set(samples?.seq.filter((_seq, at) => samples.outcome[at] === "a"));
  return [...acknowledged].filter((seq) => !there.has(seq)).length;
}

/** What a drill could change on a host; links, WAL and volumes' times change by themselves while its primary is gone. */
async function snapshotOf(host: string): Promise<Record<string, string>> {
  const environment = labEnvironment();
  const sessions = await openSessions(viewFrom(environment, host).self, environment, await labCredentials());
  const all = await snapshotHost(sessions).finally(() => sessions.close());
  const { settings, slots, roles } = all["postgres"] as Record<string, unknown>;
  const volumes = (all["volumes"] as [string][]).map(([name]) => name);
  const { containers, networks, images, guard } = all;
  const { config } = all["redis"] as { config: unknown };
  const parts = { containers, networks, images, guard, volumes, settings, slots, roles, config };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, JSON.stringify(part)]));
}

describe("unplanned failover", function () {
  this.timeout(900_000);
  const folder = temporaryFolder();
  const file = (name: string): string => `${folder()}/${name}.env`;
  const rejoin = (host: string, ...words: string[]): Promise<Finished> =>
    understudy("rejoin", host, "--env-config", LAB_ENVIRONMENT, "--execute", ...words);

  describe("after a power loss of the primary under load, with the link to its standby cut a second before", () => {
    let watch: Watch;
    let socket: string;
    let lost: Record<StoreName, number | null>;
    let failedAtMs: number;

    before(async () => {
      await untilWhole("host-a");
      watch = await watching();
      socket = await standingProbe(`${folder()}/probe.sock`);
      await sleep(500);
      await strikeFault("cut-hosts", undefined, quiet);
      await sleep(1000);
      await strikeFault("power-loss", "host-a", quiet);
      failedAtMs = machineMs();
    });
    after(() => labHeal(quiet));

    it("a planned request fails at precheck, changes nothing and names the unplanned command", async () => {
      const [before, config] = [await snapshotOf("host-b"), readFileSync(stackConfigFile("standby"), "utf8")];
      const run = await drill(file("planned"), "--to", "host-b");
      expect(run.code, run.stderr).to.equal(1);
      expect(run.document().steps.map(({ status }) => status)).to.deep.equal([
        "failed",
        ...Array<string>(4).fill("skipped"),
      ]);
      expect(run.document().failedStep).to.equal("precheck");
      expect(run.stdout).to.include("understudy failover --unplanned --to host-b");
      expect(await snapshotOf("host-b")).to.deep.equal(before);
      expect(readFileSync(stackConfigFile("standby"), "utf8")).to.equal(config);
      expect((await pairRoles())[1]).to.equal("standby");
    });

    it("acceptance, primary unavailable: the standby takes over, and the verifier accepts the evidence as unplanned", async () => {
      const run = await drill(file("unplanned"), "--unplanned", "--standing-probe", socket, "--nonce", "gate-1");
      expect(run.code, run.stdout + run.stderr).to.equal(0);
      const document = run.document();
      const env = readFileSync(file("unplanned"), "utf8");
      expect(env)
        .to.match(/^FAILOVER_FAILED_STEP=demote-primary$/m)
        .and.match(/^FAILOVER_SUCCESS=true$/m)
        .and.match(/^FAILOVER_DURATION_SECONDS=\d+\.\d{3}$/m);
      const failure = document.steps.find(({ step }) => step === "demote-primary")?.failure;
      expect(failure?.reason).to.match(/^host-a could not be demoted: /);
      expect(document.fences.map(({ method }) => method)).to.deep.equal(["fence-command", "fence-command"]);
      expect(document.unplanned?.signals.filter(({ gone }) => gone)).to.have.length(4);
      expect(document.unplanned?.unprotectedSince).to.be.a("string");
      expect(document.unplanned?.lossBound.redis.receivedOffset).to.be.a("number");
      expect(document.drill.durationMs).to.be.greaterThan(0);
      for (const store of STORE_NAMES) expect(document.unplanned?.recoveryMs[store], store).to.be.a("number");
      good(await verdict(file("unplanned"), { maxLost: 1000 }));
      expect((await pairRoles())[1]).to.equal("primary");
      keepForAcceptance(file("unplanned"));
    });

    it("what was lost is what an outside count finds, and a gate that allows less refuses", async () => {
      const document = JSON.parse(readFileSync(file("unplanned").replace(/env$/, "json"), "utf8")) as EvidenceDocument;
      const run = await newestProbe("host-b");
      const there = await eventsOn("host-b", run);
      lost = {
        timescaledb: missing(document, "timescaledb", there.timescaledb),
        redis: missing(document, "redis", there.redis),
      };
      expect({
        timescaledb: document.probe?.timescaledb.counts.lost,
        redis: document.probe?.redis.counts.lost,
      }).to.deep.equal(lost);
      expect(lost.redis, "the cut has cost something").to.be.greaterThan(0);
      const strict = await verdict(file("unplanned"));
      expect(strict.code).to.equal(1);
      expect(strict.stdout).to.include("DATA_SYNC_LAG_EVENTS");
    });

    it("a second swap is refused while the host is away, and names what comes first", async () => {
      const run = await drill(file("second"));
      expect(run.code, run.stdout + run.stderr).to.equal(3);
      expect(run.stderr).to.include("understudy rejoin host-a");
    });

    it("the lost host comes back by itself, is not writable, and says why and what releases it", async () => {
      await labHeal(quiet);
      const says = /host-b is primary .*starts after: understudy rejoin host-a --execute/;
      await untilGuardsSay("host-a", says, ["timescaledb"]);
      const status = await understudy("status", "--env-config", LAB_ENVIRONMENT);
      expect(status.code).to.equal(1);
      expect(status.stdout).to.match(new RegExp(`problem +host-a timescaledb.*${says.source}`));
      for (const store of STORE_NAMES) expect(acceptedSince(watch, "host-a", store, failedAtMs), store).to.equal(0);
      const again = await drill(file("before-return"));
      expect(again.code, again.stdout + again.stderr).to.be.oneOf([1, 3]);
    });

    it("it returns by `rejoin`, and what only it had is saved", async () => {
      good(await rejoin("host-a", "--output-file", `${folder()}/rejoin.json`));
      const report = rejoinReportSchema.parse(JSON.parse(readFileSync(`${folder()}/rejoin.json`, "utf8")));
      expect(report.timescaledb?.how).to.be.oneOf(["rewound", "cloned"]);
      expect(report.timescaledb?.salvage?.lostEvents).to.be.at.least(lost.timescaledb ?? Infinity);
      expect(report.redis?.salvage?.lostEvents).to.be.at.least(lost.redis ?? Infinity);
      expect(report.unprotectedUntil).to.be.a("string");
      await untilRoles("standby", "primary");
    });

    it("failback is an ordinary planned swap, and in all this there were never two writers", async () => {
      await swapTo("host-a", file("failback"));
      keepForAcceptance(file("failback"));
      await untilRoles("primary", "standby");
      expectNeverTwo(await watch.stop());
    });
  });

  describe("of a primary that lives, and only the operator cannot reach", () => {
    let watch: Watch;
    let socket: string;

    before(async () => {
      await untilWhole("host-a");
      watch = await watching();
      socket = await standingProbe(`${folder()}/probe.sock`);
      await strikeFault("cut-operator", "host-a", quiet);
    });
    after(() => labHeal(quiet));

    it("is refused without a fence, with the words that would allow it, and the primary goes on", async () => {
      const sinceMs = machineMs();
      const run = await drill(file("refused"), "--unplanned", "--standing-probe", socket);
      expect(run.code, run.stdout + run.stderr).to.equal(3);
      expect(run.stdout).to.include("host-a lives, only this machine cannot reach it");
      expect(run.stdout).to.include("understudy failover --unplanned --to host-b --fence-live-primary --execute");
      for (const store of STORE_NAMES) {
        expect(acceptedSince(watch, "host-a", store, sinceMs), `${store} of host-a`).to.be.greaterThan(0);
        expect(acceptedSince(watch, "host-b", store, sinceMs), `${store} of host-b`).to.equal(0);
      }
      expect((await pairRoles())[1]).to.equal("standby");
    });

    it("succeeds with the fence through the standby, and there were never two writers", async () => {
      const run = await drill(file("fenced"), "--unplanned", "--fence-live-primary", "--standing-probe", socket);
      expect(run.code, run.stdout + run.stderr).to.equal(0);
      expect(run.document().fences.map(({ method }) => method)).to.deep.equal(["own-port", "own-port"]);
      good(await verdict(file("fenced")));
      await labHeal(quiet);
      good(await rejoin("host-a"));
      await untilRoles("standby", "primary");
      await swapTo("host-a", file("back"));
      expectNeverTwo(await watch.stop());
    });
  });
});
