import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { labDrillCommand } from "../../../cli/lab/drill";
import { readEvidence } from "../../../evidence/read-evidence";
import { ownExpectations } from "../../../evidence/report/judged-evidence";
import { verifyEvidence } from "../../../evidence/verify/verify-evidence";
import { writeEvidence } from "../../../evidence/write-evidence";
import { dashboards } from "../../../operator/drill/closing";
import { loadEnvironment } from "../../../settings/load-environment";
import { temporaryFolder } from "../../support/temporary-folder";
import { plannedEvidence } from "../../support/valid-evidence";

/** One that stands by itself: the lab's own names files that are there only once a lab is up. */
const ENVIRONMENT = path.resolve(__dirname, "../../../configs/deploy/environments/prodlike_multi_host.yaml");

/** What is written to stdout meanwhile. */
async function printedBy(work: () => Promise<unknown>): Promise<string> {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  const said: string[] = [];
  stdout.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  try {
    await work();
  } finally {
    stdout.write = write;
  }
  return said.join("");
}

describe("understudy lab drill", () => {
  const folder = temporaryFolder();
  const exitCode = process.exitCode;
  afterEach(() => void (process.exitCode = exitCode));

  it("puts the evidence of each drill where it is told to, and the key that it verifies with beside it", async () => {
    const [publicKey, outputDir] = [path.join(folder(), "lab.pem"), path.join(folder(), "recorded")];
    writeFileSync(publicKey, "the lab's key");
    const asked: string[] = [];
    const command = labDrillCommand({
      up: () => Promise.resolve(),
      environment: () => loadEnvironment(ENVIRONMENT),
      rehearse: (_environment, outputFile) => {
        asked.push(...["dry-run", "there", "back"].map(outputFile));
        mkdirSync(outputDir);
        return Promise.resolve([]);
      },
      publicKey,
      closing: () => Promise.reject(new Error("nothing was drilled")),
    });
    await command.parseAsync(["--output-dir", outputDir, "--output", "json"], { from: "user" });
    const names = ["failover_dry_run.env", "failover_there.env", "failover_result.env"];
    expect(asked).to.deep.equal(names.map((name) => path.join(outputDir, name)));
    expect(readFileSync(path.join(outputDir, "signing-key.pub.pem"), "utf8")).to.equal("the lab's key");
    expect(process.exitCode, "not three accepted drills").to.equal(1);
  });

  it("ends with the report, the way to the dashboards and whether the pair is ready", async () => {
    const [publicKey, outputDir] = [path.join(folder(), "lab.pem"), path.join(folder(), "shown")];
    writeFileSync(publicKey, "the lab's key");
    const document = plannedEvidence();
    const files = await writeEvidence(path.join(outputDir, "failover_result.env"), document);
    const verdict = verifyEvidence(await readEvidence(files.envPath), ownExpectations(document));
    const closed: unknown[] = [];
    const command = labDrillCommand({
      up: () => Promise.resolve(),
      environment: () => loadEnvironment(ENVIRONMENT),
      rehearse: () => Promise.resolve([{ name: "back", outcome: { document, files, health: null }, verdict }]),
      publicKey,
      closing: ({ environment }, drill) => {
        closed.push(drill);
        const readiness = { ready: false, reasons: ["nobody has looked"], validUntil: null };
        return Promise.resolve({ readiness, dashboards: dashboards(environment, drill) });
      },
    });
    const said = await printedBy(() => command.parseAsync(["--output-dir", outputDir], { from: "user" }));
    const { id, toHost } = document.drill;
    expect(closed).to.deep.equal([{ primary: toHost, id }]);
    const [, report = ""] = /^report {4}(.*)$/m.exec(said) ?? [];
    expect(path.dirname(report)).to.equal(outputDir);
    expect(readFileSync(report, "utf8")).to.match(/READY|NOT VERIFIED/);
    expect(said.trim().split("\n").slice(-6)).to.deep.equal([
      "dashboard http://127.0.0.1:3000/d/understudy-pair",
      `          http://127.0.0.1:3000/d/understudy-drill?var-drill=${id}`,
      `  by      ssh -S none -N -L 3000:127.0.0.1:3000 deploy@${toHost}.example   # Grafana of ${toHost}`,
      "  by      ssh -S none -N -L 3000:127.0.0.1:3000 deploy@host-a.example   # Grafana of host-a",
      "ready     NOT VERIFIED",
      "  why     nobody has looked",
    ]);
  });
});
