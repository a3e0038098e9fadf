import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { labDrillCommand } from "../../../cli/lab/drill";
import { loadEnvironment } from "../../../settings/load-environment";
import { temporaryFolder } from "../../support/temporary-folder";

/** One that stands by itself: the lab's own names files that are there only once a lab is up. */
const ENVIRONMENT = path.resolve(__dirname, "../../../configs/deploy/environments/prodlike_multi_host.yaml");

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
});
