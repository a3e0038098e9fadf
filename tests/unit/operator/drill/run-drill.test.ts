import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { traceIdOf } from "../../../../evidence/trace/trace-ids";
import { writeEvidence } from "../../../../evidence/write-evidence";
import { conductDrill, type DrillEdges } from "../../../../operator/drill/conduct-drill";
import type { RunFailover } from "../../../../operator/drill/drill-part";
import { DRILL_RECORDS, readRecord } from "../../../../operator/drill/drill-record";
import type { DrillOptions } from "../../../../operator/drill/run-drill";
import type { FailoverOptions } from "../../../../operator/failover/failover";
import type { Message } from "../../../../operator/notify/message";
import { waitingTraces } from "../../../../operator/traces/outbox";
import { loadEnvironment } from "../../../../settings/load-environment";
import { notifySchema } from "../../../../settings/notify-section";
import { UserError } from "../../../../settings/user-error";
import { dryRunEvidence, failedEvidence, plannedEvidence, record as sealed } from "../../../support/valid-evidence";
import { temporaryFolder } from "../../../support/temporary-folder";

const ENVIRONMENT = loadEnvironment(
  path.resolve(__dirname, "../../../../configs/deploy/environments/prodlike_multi_host.yaml"),
);

/** A drill's document as if it had been asked for with these options. */
function answering(document: EvidenceDocument, { drill, to }: FailoverOptions): EvidenceDocument {
  const toHost = to ?? document.drill.toHost;
  const fromHost = toHost === "host-b" ? "host-a" : "host-b";
  const steps = document.steps.map((step) => ({ ...step, drillId: drill.id }));
  return sealed(
    swapHosts({ ...document, steps, drill: { ...document.drill, id: drill.id, nonce: drill.nonce } }, fromHost),
  );
}

function swapHosts(document: EvidenceDocument, fromHost: string): EvidenceDocument {
  if (document.drill.fromHost === fromHost) return document;
  const text = JSON.stringify(document)
    .replaceAll("host-a", "host-x")
    .replaceAll("host-b", "host-a")
    .replaceAll("host-x", "host-b");
  return JSON.parse(text) as EvidenceDocument;
}

describe("a drill as one verb", () => {
  const folder = temporaryFolder();
  const asked: FailoverOptions[] = [];
  beforeEach(() => void asked.splice(0));

  /** Stands for the pair: what each part of the drill leaves. */
  const pair =
    (documents: (options: FailoverOptions) => EvidenceDocument): RunFailover =>
    async (options) => {
      asked.push(options);
      const document = answering(documents(options), options);
      return { document, files: await writeEvidence(options.outputFile, document), health: null };
    };
  const good = pair(({ drill }) => (drill.mode === "dry-run" ? dryRunEvidence() : plannedEvidence()));

  const drill = (
    run: RunFailover,
    options: Partial<DrillOptions> = {},
    edges: Partial<DrillEdges> = {},
  ): ReturnType<typeof conductDrill> =>
    conductDrill(
      {
        ...{ environment: ENVIRONMENT, environmentFile: "environment.yaml", outputDir: folder(), id: "d1" },
        ...{ execute: true, andBack: false, to: undefined, key: undefined, scheduled: false },
        ...{ terms: { nonce: "" }, limits: {} },
        ...options,
      },
      {},
      { run, sendTraces: () => Promise.resolve({ sent: 0, waiting: 0 }), ...edges },
    );

  it("is a dry run alone unless it is told to execute, with a report of it", async () => {
    const { record } = await drill(good, { execute: false });
    expect(asked.map((one) => [one.drill.id, one.drill.mode])).to.deep.equal([["d1-dry-run", "dry-run"]]);
    expect(record).to.deep.include({ exitCode: 0, execute: false });
    expect(record.parts[0]?.report?.html).to.satisfy(existsSync);
    expect(record.parts[0]).to.deep.include({ lostEvents: null, outageMs: { timescaledb: null, redis: null } });
  });

  it("has a trace of each part, also of one that left no evidence, and sends them to the Tempo of the primary", async () => {
    const doors: (string | undefined)[] = [];
    const sendTraces: DrillEdges["sendTraces"] = (_, door) => {
      doors.push(door?.host.name);
      return Promise.resolve({ sent: 0, waiting: 0 });
    };
    const outputDir = path.join(folder(), "traced");
    const refused: RunFailover = (options, watch) =>
      options.drill.mode === "dry-run" ? good(options, watch) : Promise.reject(new UserError("locked", "next", 3));
    const environment = { ...ENVIRONMENT, notify: undefined };
    await drill(refused, { outputDir, environment }, { sendTraces });
    const traces = await waitingTraces(outputDir);
    const bodies = traces.map(({ body }) => body).join();
    expect(traces).to.have.length(2);
    for (const words of [traceIdOf("d1-dry-run"), traceIdOf("d1"), "drill without evidence", "locked", "accepted"])
      expect(bodies).to.include(words);
    expect(doors).to.deep.equal(["host-a"]);
  });

  it("has no trace, and sends none, where it is a dry run alone", async () => {
    const outputDir = path.join(folder(), "untraced");
    const sendTraces = (): Promise<never> => Promise.reject(new Error("a dry run sends nothing"));
    await drill(good, { outputDir, execute: false }, { sendTraces });
    expect(await waitingTraces(outputDir)).to.deep.equal([]);
  });

  it("exchanges the roles after its dry run, and back where that is asked, to the host that was primary", async () => {
    const { record, file } = await drill(good, { andBack: true });
    expect(record.parts.map(({ name, exitCode, sentence }) => [name, exitCode, sentence.split(" ")[0]])).to.deep.equal([
      ["dry-run", 0, "Nothing"],
      ["switchover", 0, "host-b"],
      ["way-back", 0, "host-a"],
    ]);
    expect(asked.map((one) => [one.drill.id, one.drill.mode, one.to])).to.deep.equal([
      ["d1-dry-run", "dry-run", undefined],
      ["d1", "execute", "host-b"],
      ["d1-back", "execute", "host-a"],
    ]);
    expect(record).to.deep.include({ exitCode: 0 });
    expect(record.parts[1]?.verdict).to.match(/^ACCEPTED d1: /);
    expect(record.parts[2]?.report?.html).to.satisfy(existsSync);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(record);
  });

  it("stops at a dry run that finds something, with its report, its step, its reason and the next command", async () => {
    const { record } = await drill(
      pair(() => ({ ...failedEvidence("precheck"), ...{ drill: dryRunEvidence().drill } })),
    );
    expect(asked).to.have.length(1);
    expect(record).to.deep.include({ exitCode: 1 });
    const [part] = record.parts;
    expect(part?.problem).to.deep.equal({
      step: "precheck",
      host: "host-a",
      reason: "precheck could not be done",
      next: "understudy status",
    });
    expect(part?.report?.markdown).to.satisfy(existsSync);
  });

  it("is refused where a step refuses as unsafe: exit code 3", async () => {
    const { record } = await drill(
      pair(({ drill: { mode } }) => {
        if (mode === "dry-run") return dryRunEvidence();
        const document = failedEvidence("backup-sync-check");
        Object.assign(document.steps[1]?.failure ?? {}, { refused: true });
        return document;
      }),
    );
    expect(record.parts.map(({ exitCode }) => exitCode)).to.deep.equal([0, 3]);
    expect(record.exitCode).to.equal(3);
    expect(record.parts[1]?.report?.html).to.satisfy(existsSync);
  });

  it("goes no way back after a switchover that the verifier does not accept", async () => {
    const { record } = await drill(good, { andBack: true, limits: { maxFailoverSeconds: 1 } });
    expect(record.parts.map(({ exitCode }) => exitCode)).to.deep.equal([0, 1]);
    expect(record.parts[1]?.problem?.reason).to.match(/^REFUSED max-failover-seconds /);
  });

  it("has a record and an exit code where a part leaves no evidence at all", async () => {
    const { record } = await drill(() =>
      Promise.reject(new UserError("stack standby is locked by another pulumi", "understudy settle", 3)),
    );
    expect(record).to.deep.include({ exitCode: 3 });
    expect(record.parts[0]).to.deep.include({
      evidence: null,
      report: null,
      sentence: "stack standby is locked by another pulumi",
      problem: {
        step: null,
        host: null,
        reason: "stack standby is locked by another pulumi",
        next: "understudy settle",
      },
    });
  });

  it("told to end, lets an exchange go on to its end, and begins nothing after it", async () => {
    const told = new AbortController();
    const { record } = await drill(
      pair(({ drill: { mode }, signal }) => {
        if (mode === "execute") {
          expect(signal, "an engine run in the window is not interrupted").to.equal(undefined);
          told.abort();
        }
        return mode === "dry-run" ? dryRunEvidence() : plannedEvidence();
      }),
      { andBack: true, signal: told.signal },
    );
    expect(record.parts.map(({ name, exitCode }) => [name, exitCode])).to.deep.equal([
      ["dry-run", 0],
      ["switchover", 0],
      ["way-back", 1],
    ]);
    expect(record.parts[2]?.problem).to.deep.include({ next: "understudy drill --execute --to host-a" });
  });

  it("says from its begin on that it is under way: a drill that was killed is no success", async () => {
    await drill(async (options) => {
      expect(await readRecord(folder())).to.deep.include({ id: "d1", finishedAt: null, exitCode: null });
      return good(options, {});
    });
    expect(await readRecord(folder())).to.deep.include({ exitCode: 0 });
    expect(DRILL_RECORDS.execute).to.equal("drill_result.json");
    expect(await readRecord(path.join(folder(), "nowhere"))).to.equal(undefined);
  });

  it("asks for a signature only where it is given a key, and refuses evidence without one", async () => {
    const { record } = await drill(good, { key: "signing-key.pub.pem" });
    expect(record).to.deep.include({ exitCode: 2 });
    expect(record.parts[0]?.problem?.reason).to.include("the evidence is not signed");
  });

  describe("with receivers", () => {
    const environment = {
      ...ENVIRONMENT,
      notify: notifySchema.parse({
        receivers: { chat: { form: "slack", secret: "chatUrl" } },
        reports_url: "https://reports.example/u",
      }),
    };
    const told: Message[] = [];
    const silences: string[] = [];
    let opened = 0;
    const edges: Partial<DrillEdges> = {
      open: () => {
        opened = asked.length;
        return Promise.resolve([]);
      },
      announce: async (_environment, message, open) => {
        told.push(message);
        expect(await open?.(environment)).to.deep.equal([]);
        return [{ receiver: "chat", ok: false, detail: "answers 500" }];
      },
      silence: (_environment, id) => {
        silences.push(`begin ${id} after ${asked.length}`);
        return Promise.resolve(() => {
          silences.push(`end after ${asked.length}`);
          return Promise.resolve();
        });
      },
    };
    beforeEach(() => {
      told.splice(0);
      silences.splice(0);
    });

    it("is announced with verdict, figures and the report's place; who was not told changes no verdict", async () => {
      const { record } = await drill(good, { environment, andBack: true }, edges);
      expect(record).to.deep.include({
        exitCode: 0,
        announced: [{ receiver: "chat", ok: false, detail: "answers 500" }],
      });
      const [message] = told;
      expect(message).to.deep.include({ severity: "info", resolves: true });
      expect(message?.title).to.match(/^Understudy prodlike.*: drill accepted: host-a took over from host-b/);
      expect(message?.lines.filter((line) => line.startsWith("outage: "))).to.have.length(2);
      expect(message?.lines.find((line) => line.startsWith("report: "))).to.match(
        /^report: https:\/\/reports\.example\/u\/failover_drill_report_[\w-]+\.html$/,
      );
      expect(message?.details).to.deep.include({ id: "d1" });
      expect(await readRecord(folder())).to.deep.equal(record);
    });

    it("is announced also where it fails, with step, host, reason and the next command", async () => {
      await drill(
        pair(() => ({ ...failedEvidence("precheck"), drill: dryRunEvidence().drill })),
        { environment },
        edges,
      );
      expect(told[0]).to.deep.include({ severity: "critical", resolves: false });
      expect(told[0]?.lines).to.include.members([
        "step precheck, host host-a",
        "reason: precheck could not be done",
        "next: understudy status",
      ]);
      await drill(() => Promise.reject(new Error("the engine is not there")), { environment }, edges);
      expect(told[1]?.title).to.include("drill FAILED: the engine is not there");
    });

    it("opens its receivers before anything can fail", async () => {
      await drill(good, { environment }, edges);
      expect([opened, asked.length]).to.deep.equal([0, 2]);
    });

    it("silences alerts from the first exchange of the roles to the last, and none for a dry run", async () => {
      await drill(good, { environment, andBack: true }, edges);
      expect(silences).to.deep.equal(["begin d1 after 1", "end after 3"]);
      silences.splice(0);
      await drill(good, { environment, execute: false }, edges);
      expect(silences).to.deep.equal([]);
    });
  });
});
