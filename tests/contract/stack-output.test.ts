import { expect } from "chai";
import { createHash } from "node:crypto";
import { evidenceDocumentSchema, type EvidenceDocument } from "../../evidence/document";
import { ENV_CONTRACT } from "../../evidence/env-contract";
import { readStackEvidence, type StackEvidence } from "../../evidence/stack-output";
import { verifyEvidence } from "../../evidence/verify/verify-evidence";
import { ScratchStack, type PulumiRun } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";

const PASSWORD = "hush-hush-hush";
const LIMITS = { mode: "execute", maxFailoverSeconds: 60, maxDataLagEvents: 0, nonce: null, freshness: null } as const;

describe("the stack output of a drill that failed, through the real engine", function () {
  this.timeout(120_000);
  this.slow(30_000);
  const folder = temporaryFolder();
  let stack: ScratchStack;
  let first: PulumiRun;
  let output: string;

  const up = (): Promise<PulumiRun> => stack.pulumi("up", "--yes", "--skip-preview");
  const evidence = async (): Promise<string> => (await stack.pulumi("stack", "output", "evidence", "--json")).out;

  before(async () => {
    stack = new ScratchStack(folder(), { file: "tests/support/drill-without-hosts", name: "drillWithoutHosts" });
    for (const words of [
      ["stack", "init", "standby"],
      ["config", "set", "--secret", "understudy:password", PASSWORD],
      ["config", "set", "understudy:drillId", "d-1"],
    ]) {
      const { code, all } = await stack.pulumi(...words);
      expect(code, all).to.equal(0);
    }
    first = await up();
    output = await evidence();
  });

  it("is there although `pulumi up` does not exit 0 and says where and why the drill failed", () => {
    expect(first.code).to.not.equal(0);
    expect(first.all).to.match(/drill d-1 failed at precheck: no\/such\/environment\.yaml cannot be read/);
    expect(first.all).to.match(/next: correct no\/such\/environment\.yaml; a new attempt needs a new drill id/);
    expect(() => JSON.parse(output) as unknown).to.not.throw();
  });

  it("is a whole document of the contract: the failed step with its reason, the later ones skipped, nulls for the unknown", () => {
    const { version, document } = JSON.parse(output) as StackEvidence;
    expect(version).to.equal(1);
    const parsed: EvidenceDocument = evidenceDocumentSchema.parse(document);
    expect(parsed.drill).to.include({ id: "d-1", nonce: "gate-7", fromHost: "host-a", toHost: "host-b" });
    expect(parsed.steps.map((step) => step.status)).to.deep.equal([
      "failed",
      "skipped",
      "skipped",
      "skipped",
      "skipped",
    ]);
    expect([parsed.success, parsed.failedStep, parsed.probe]).to.deep.equal([false, "precheck", null]);
  });

  it("has every key of the .env contract and no other, with the document's own checksum", () => {
    const reading = readStackEvidence("standby", output);
    if (!reading.readable) throw new Error(reading.reason);
    const { env } = JSON.parse(output) as StackEvidence;
    expect(Object.keys(env)).to.have.members(ENV_CONTRACT.map(({ key }) => key));
    expect(env).to.include({ FAILOVER_ID: "d-1", FAILOVER_SUCCESS: "false", FAILOVER_FAILED_STEP: "precheck" });
    expect(env.FAILOVER_OUTAGE_SECONDS).to.equal("unknown");
    expect(env.FAILOVER_EVIDENCE_SHA256).to.equal(createHash("sha256").update(reading.documentText).digest("hex"));
  });

  it("is refused by the verifier because the drill failed, not because it is malformed", () => {
    const verdict = verifyEvidence(readStackEvidence("standby", output), LIMITS);
    expect(verdict.verdict).to.equal("refused");
    const rules = verdict.verdict === "refused" ? verdict.violations.map(({ rule }) => rule) : [];
    expect(rules).to.have.members(["max-outage-seconds", "max-data-lag-events", "drill-succeeded"]);
  });

  it("holds no password, and neither does the state", async () => {
    const { out: state } = await stack.pulumi("stack", "export");
    expect(state).to.include("DrillStep").and.include("ciphertext");
    for (const text of [output, state, first.all]) expect(text).to.not.include(PASSWORD);
  });

  it("is the same, to the byte, after another up with the same id: nothing runs again", async () => {
    const again = await up();
    expect(again.code).to.not.equal(0);
    expect(await evidence()).to.equal(output);
  });

  it("is of the new drill alone after an up with a new id", async () => {
    await stack.pulumi("config", "set", "understudy:drillId", "d-2");
    expect((await up()).all).to.include("drill d-2 failed at precheck");
    const { document } = JSON.parse(await evidence()) as StackEvidence;
    expect(document.drill.id).to.equal("d-2");
    expect(new Set(document.steps.map((step) => step.drillId))).to.deep.equal(new Set(["d-2"]));
    expect(JSON.stringify(document)).to.not.include("d-1");
  });
});
