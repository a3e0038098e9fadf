import { expect } from "chai";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBundle } from "../../../evidence/attestation/read-bundle";
import { serializeDocument } from "../../../evidence/canonical-json";
import { readEvidence } from "../../../evidence/read-evidence";
import { writeEvidence } from "../../../evidence/write-evidence";
import { verifyEvidence } from "../../../evidence/verify/verify-evidence";
import { verifySignedEvidence } from "../../../evidence/verify/verify-signed";
import { EXPECTATIONS } from "../../support/judge-evidence";
import { testKey } from "../../support/signed-evidence";
import { failedEvidence, plannedEvidence } from "../../support/valid-evidence";

describe("evidence files", () => {
  let folder: string;
  let envPath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "understudy-evidence-"));
    envPath = join(folder, "results", "failover_result.env");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function reasonFor(path: string): Promise<string> {
    const reading = await readEvidence(path);
    if (reading.readable) throw new Error("expected unreadable evidence");
    expect(reading.reason + reading.next).not.to.include("\n");
    return reading.reason;
  }

  it("are written side by side, are accepted when read back, and leave nothing else", async () => {
    const written = await writeEvidence(envPath, plannedEvidence());
    expect(await readdir(join(folder, "results"))).to.have.members(["failover_result.env", "failover_result.json"]);
    expect(await readFile(written.jsonPath, "utf8")).to.equal(serializeDocument(plannedEvidence()).text);
    expect(verifyEvidence(await readEvidence(envPath), EXPECTATIONS).verdict).to.equal("accepted");
  });

  it("replace those of the drill before", async () => {
    await writeEvidence(envPath, plannedEvidence());
    await writeEvidence(envPath, failedEvidence("verify"));
    const verdict = verifyEvidence(await readEvidence(envPath), EXPECTATIONS);
    expect(verdict).to.have.nested.property("violations[0].rule", "drill-succeeded");
  });

  it("have their signature beside them, with a key, and lose an older drill's signature without one", async () => {
    const key = testKey();
    const written = await writeEvidence(envPath, plannedEvidence(), key.signing);
    expect(written.bundlePath).to.equal(join(folder, "results", "failover_result.sigstore.json"));
    const bundle = await readBundle(written.bundlePath ?? "");
    const verdict = verifySignedEvidence(await readEvidence(envPath), { bundle, key: key.verifying }, EXPECTATIONS);
    expect(verdict.verdict).to.equal("accepted");
    expect(await readdir(join(folder, "results"))).to.have.lengthOf(3);
    expect((await writeEvidence(envPath, failedEvidence("verify"))).bundlePath).to.equal(null);
    expect(await readdir(join(folder, "results"))).to.have.members(["failover_result.env", "failover_result.json"]);
  });

  it("are not touched when the new evidence cannot be written", async () => {
    await writeEvidence(envPath, plannedEvidence());
    const broken = plannedEvidence();
    broken.drill.nonce = "a b";
    const outcome = await writeEvidence(envPath, broken).then(
      () => "written",
      (error: unknown) => String(error),
    );
    expect(outcome).to.include("FAILOVER_NONCE");
    expect(verifyEvidence(await readEvidence(envPath), EXPECTATIONS).verdict).to.equal("accepted");
    expect(await readdir(join(folder, "results"))).to.have.lengthOf(2);
  });

  it("must be named .env", async () => {
    expect(await reasonFor(join(folder, "evidence.json"))).to.include("ends in .env");
  });

  it("are unreadable, not refused, when they are missing, a folder, empty, truncated or not text", async () => {
    expect(await reasonFor(envPath)).to.match(/failover_result\.env is missing$/);
    const { jsonPath } = await writeEvidence(envPath, plannedEvidence());
    const env = await readFile(envPath);
    await rm(jsonPath);
    expect(await reasonFor(envPath)).to.match(/failover_result\.json is missing$/);
    await writeFile(jsonPath, Buffer.from([0x7b, 0x00, 0x7d]));
    expect(await reasonFor(envPath)).to.match(/failover_result\.json is not text$/);
    await writeFile(envPath, "");
    expect(await reasonFor(envPath)).to.match(/is empty$/);
    await writeFile(envPath, env.subarray(0, 300));
    expect(await reasonFor(envPath)).to.match(/is truncated/);
    await writeFile(envPath, Buffer.from([0xff, 0xfe, 0x0a]));
    expect(await reasonFor(envPath)).to.match(/is not text$/);
    await writeFile(envPath, "x".repeat(70_000));
    expect(await reasonFor(envPath)).to.match(/too large/);
    await rm(envPath);
    expect(await reasonFor(join(folder, "results.env"))).to.match(/is missing$/);
  });

  it("are unverifiable when the JSON is cut off", async () => {
    const { jsonPath } = await writeEvidence(envPath, plannedEvidence());
    await writeFile(jsonPath, (await readFile(jsonPath)).subarray(0, 2000));
    expect(verifyEvidence(await readEvidence(envPath), EXPECTATIONS).verdict).to.equal("unverifiable");
  });
});
