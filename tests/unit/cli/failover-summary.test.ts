import { expect } from "chai";
import { failoverJson, failoverSummary } from "../../../cli/failover-summary";
import type { EvidenceDocument } from "../../../evidence/document";
import type { HealthEntry } from "../../../evidence/health-report";
import { watchedEvidence } from "../../support/client-cases";
import { DELAYED, findings, knowinglyLostEvidence } from "../../support/finding-cases";
import { continuedFromBackupEvidence, nothingBackedUpEvidence } from "../../support/unplanned-data";
import { storesOnlyDryRun, storesOnlyEvidence } from "../../support/stores-only-cases";
import { unseenFailureEvidence } from "../../support/valid-unplanned";
import { dryRunEvidence, failedEvidence, plannedEvidence } from "../../support/valid-evidence";

const FILES = { envPath: "out/result.env", jsonPath: "out/result.json", bundlePath: null };

function lines(document: EvidenceDocument): readonly string[] {
  return failoverSummary({ document, files: FILES, health: null }).trimEnd().split("\n");
}

describe("the summary of a drill", () => {
  it("says who is primary now, each store's outage and loss, each step's time and where the evidence is", () => {
    expect(lines(plannedEvidence())).to.deep.equal([
      "DONE 2026-11-23-a: host-b has taken over from host-a in 4.0 s",
      "  primary   host-b (was host-a)",
      "  postgres  longest gap between two acknowledged writes 280.3 ms; 0 lost of 21 acknowledged probe events",
      "  redis     longest gap between two acknowledged writes 140.3 ms; 0 lost of 22 acknowledged probe events",
      "  clients   not measured: no --with-clients",
      "  step      precheck           passed    1.000 s",
      "  step      backup-sync-check  passed    0.370 s",
      "  step      demote-primary     passed    0.474 s",
      "  step      promote-standby    passed    0.175 s",
      "  step      verify             passed    1.870 s",
      "  stand-in  timescaledb: PostgreSQL 15",
      "  trace     bd8a470607908da6a5b1cf69ee24d833",
      "  evidence  out/result.env",
      "            out/result.json",
    ]);
  });

  it("says what ordinary clients saw, driver by driver, and of a dry run nothing", () => {
    const told = (document: EvidenceDocument): readonly string[] =>
      lines(document).filter((line) => line.startsWith("  clients"));
    expect(told(watchedEvidence())).to.deep.equal([
      "  clients   node-postgres: 138 sent, 10 failed, 0 ended, 0 unknown; longest 1.5 ms",
      "  clients   node-redis: 138 sent, 0 failed, 0 ended, 0 unknown; longest 1.5 ms",
      "  clients   psycopg2: not measured: python3-psycopg2 is not installed",
    ]);
    expect(told(dryRunEvidence())).to.deep.equal([]);
    const json = failoverJson({ document: watchedEvidence(), files: FILES, health: null }) as {
      clients: { loads: object[] };
    };
    expect(json.clients.loads[0]).to.include({ driver: "node-postgres" }).and.not.to.have.property("samples");
    expect(failoverJson({ document: plannedEvidence(), files: FILES, health: null })).to.include({ clients: null });
  });

  it("says what was found on the servers: what was accepted, what is noted, and what mends what is refused", () => {
    const told = (document: EvidenceDocument): readonly string[] =>
      lines(document).filter((line) => /^ {2}(refused|accepted|noted|ended) |^ {12}psql/.test(line));
    expect(told(knowinglyLostEvidence())).to.deep.equal([
      "  accepted  PostgreSQL on host-a, unlogged-rows: shop: public.fast",
      "  noted     Redis on host-b, other-databases: databases 5 (3 keys)",
    ]);
    expect(told({ ...failedEvidence("precheck"), findings: findings([DELAYED]) })).to.deep.equal([
      "  refused   PostgreSQL on host-b, replay-delayed: recovery_min_apply_delay is 5 min",
      "            psql -c 'alter system set recovery_min_apply_delay = 0'",
    ]);
  });

  it("names what it left alone, and where that was seen; nothing of it when nothing waits", () => {
    const document = plannedEvidence();
    const change = (resource: string) => ({ host: "host-b", resource, change: "replace" }) as const;
    const said = (seenIn: "preview" | "state", ...resources: string[]): readonly string[] => {
      document.drill.pendingChanges = { seenIn, changes: resources.map(change) };
      return lines(document).filter((line) => /^ {2}pending|plain up/.test(line));
    };
    expect(said("preview")).to.deep.equal([]);
    expect(said("state", "redis-image", "redis-container")).to.deep.equal([
      "  pending   left alone (as far as the state tells): replace redis-image of host-b, replace redis-container of host-b",
      "            a plain up would change them; next: understudy up",
    ]);
    expect(said("preview", "a", "b", "c", "d", "e", "f")[0]).to.equal(
      "  pending   left alone: replace a of host-b, replace b of host-b, replace c of host-b, replace d of host-b, and 2 more",
    );
  });

  it("names a service whose data did not go from host to host, and why", () => {
    const document = plannedEvidence();
    const loki = document.continuity?.services.find(({ service }) => service === "loki")?.carried;
    if (loki) loki.route = { way: "through-the-command", why: "no answer at 10.0.0.1:8012" };
    expect(lines(document).filter((line) => line.startsWith("  data"))).to.deep.equal([
      "  data      loki: copied through this machine, not from host to host: no answer at 10.0.0.1:8012",
    ]);
  });

  it("says of a drill of the two stores only what it left as it was, service by service", () => {
    const said = lines(storesOnlyEvidence());
    const names = ["prometheus", "alertmanager", "loki", "tempo", "grafana"];
    expect(said.filter((line) => /^ {2}(scope|data) /.test(line))).to.deep.equal([
      `  scope     the two stores only: ${names.join(", ")} were neither asked nor copied`,
      ...names.map(
        (name) =>
          `  data      ${name}: neither asked nor copied, in a drill of the two stores only: host-b continues with what it has`,
      ),
    ]);
    expect(lines(storesOnlyDryRun()).filter((line) => line.startsWith("  scope"))).to.have.length(1);
    expect(lines(plannedEvidence()).filter((line) => line.startsWith("  scope"))).to.deep.equal([]);
  });

  it("says where the signature is, when there is one", () => {
    const files = { ...FILES, bundlePath: "out/result.sigstore.json" };
    expect(
      failoverSummary({ document: plannedEvidence(), files, health: null }).trimEnd().split("\n").slice(-2),
    ).to.deep.equal(["            out/result.json", "  signature out/result.sigstore.json"]);
  });

  it("says how many services are healthy after it, where that report is, and what to do when not all are", () => {
    const entry = (status: "healthy" | "unknown"): HealthEntry => ({
      ...{ host: "host-a", role: "primary", service: "redis", status, declaredRole: "primary" },
      ...{ reason: status === "healthy" ? null : "no answer", latencyMs: null, readAt: "2026-11-23T10:00:00.000Z" },
    });
    const ends = (...entries: HealthEntry[]): readonly string[] =>
      failoverSummary({ document: plannedEvidence(), files: FILES, health: { file: "out/health.json", entries } })
        .trimEnd()
        .split("\n")
        .slice(-2);
    expect(ends(entry("healthy"))).to.deep.equal([
      "  health    1 of 1 services healthy",
      "            out/health.json",
    ]);
    expect(ends(entry("healthy"), entry("unknown"))[0]).to.equal(
      "  health    1 of 2 services healthy; next: understudy status",
    );
  });

  it("says with which data the services continue when the old primary was gone", () => {
    const data = (document: EvidenceDocument): readonly string[] =>
      lines(document).filter((line) => line.startsWith("  data"));
    expect(data(continuedFromBackupEvidence())[0]).to.equal(
      "  data      loki: its newest backup, complete until 2026-11-23T09:57:58.000Z; what came later is unknown",
    );
    expect(data(nothingBackedUpEvidence())).to.have.length(3);
    expect(data(plannedEvidence())).to.deep.equal([]);
  });

  it("of a failed drill names the step, the reason, what was undone and the next command, and no new primary", () => {
    const document = failedEvidence("demote-primary");
    Object.assign(document.steps[2]!.failure!, { undone: "host-a is primary again" });
    const said = lines(document);
    expect(said.slice(0, 4)).to.deep.equal([
      "FAILED 2026-11-23-a at demote-primary after 4.0 s",
      "  reason    demote-primary could not be done",
      "  undone    host-a is primary again",
      "  next      understudy status",
    ]);
    expect(said.join("\n")).to.not.include("taken over").and.not.include("  primary ");
    expect(said).to.include("  step      promote-standby    skipped   0.175 s");
  });

  it("of a dry run promises nothing that has happened", () => {
    const said = lines(dryRunEvidence());
    expect(said[0]).to.equal("DRY RUN 2026-11-23-a: nothing was changed; host-b is fit to take over from host-a");
    expect(said.join("\n")).to.not.include("  primary ").and.not.include("longest gap");
    const stopped = { ...dryRunEvidence(), success: false, failedStep: "precheck" as const };
    expect(lines(stopped)[0]).to.equal("DRY RUN 2026-11-23-a: nothing was changed; the drill would stop at precheck");
  });

  it("calls unknown what is unknown, never zero", () => {
    const document = plannedEvidence();
    document.probe!.redis.longestGapMs = null;
    document.probe!.redis.counts.lost = null;
    expect(lines(document)).to.include(
      "  redis     longest gap between two acknowledged writes unknown; lost unknown of 22 acknowledged probe events",
    );
  });

  it("says that the loss is unknown when no probe wrote before the primary failed, whatever was counted since", () => {
    const document = unseenFailureEvidence();
    const { acknowledged, lost } = document.probe!.timescaledb.counts;
    expect(lost).to.equal(0);
    const said = lines(document).join("\n");
    expect(said).to.include(
      `  postgres  longest gap between two acknowledged writes unknown; lost unknown: no probe wrote before the primary failed (0 of ${acknowledged} probe events acknowledged since then missing)`,
    );
    expect(said).to.not.match(/\b0 lost/);
    const json = failoverJson({ document, files: FILES, health: null });
    expect(json).to.deep.include({
      outageMs: { timescaledb: null, redis: null },
      lostEvents: { timescaledb: null, redis: null },
    });
  });

  it("shows a loss", () => {
    const document = plannedEvidence();
    document.probe!.timescaledb.counts.lost = 3;
    expect(lines(document)[2]).to.match(/3 lost of 21 acknowledged probe events$/);
  });
});
