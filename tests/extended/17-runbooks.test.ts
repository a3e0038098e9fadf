import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { CHECKOUT } from "../../lab/project";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { readManifests } from "../support/kubernetes-schema";
import { LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const MANUAL = "docs/OPERATIONS_MANUAL.md";

describe("the runbooks, run as they are written", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  before(async () => {
    for (const name of ["bin", "configs", "node_modules"]) {
      symlinkSync(path.join(CHECKOUT, name), path.join(folder(), name));
    }
    mkdirSync(path.join(folder(), "docs"));
    await untilAllWell();
  });
  after(async () => {
    await untilAllWell();
    const status = await understudy("status", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    expect(status.code, status.stdout).to.equal(0);
  });

  /** Runs a script in a folder like the checkout whose results are its own, with the lab as the pair. Stops at the first command that fails. */
  async function run(script: string): Promise<string> {
    const child = spawn("sh", ["-euxc", script], {
      cwd: folder(),
      env: { ...process.env, UNDERSTUDY_ENV_CONFIG: LAB_ENVIRONMENT },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    expect(code, `${out}\n${err}`).to.equal(0);
    return out;
  }

  const unitCommands = (unit: string): string =>
    [...readFileSync(`configs/systemd/${unit}`, "utf8").matchAll(/^ExecStart=\/opt\/understudy\/(.*)$/gm)]
      .map(([, command = ""]) => command)
      .join("\n");

  function jobScript(file: string): string {
    const [script] = /"args":\[("(?:[^"\\]|\\.)*")\]/
      .exec(JSON.stringify(readManifests(readFileSync(file, "utf8"))))!
      .slice(1);
    return JSON.parse(script ?? '""') as string;
  }

  it("bootstrap: doctor finds nothing to mend, up changes nothing the second time, every service is healthy", async () => {
    const out = await run(blocksUnder(MANUAL, "Bootstrap").join("\n"));
    expect(out).not.to.match(/^\s*fix: /m);
  });

  it("failover: a dry run, then the roles are exchanged", async () => {
    const out = await run(blocksUnder(MANUAL, "Failover").join("\n"));
    expect(out).to.match(/^DONE .*host-b has taken over from host-a/m);
  });

  it("verify: the evidence is accepted, the report written, every service healthy on both hosts", async () => {
    await untilAllWell();
    const out = await run(blocksUnder(MANUAL, "Verify").join("\n"));
    expect(out).to.match(/^ACCEPTED /m);
    expect(out).to.match(/failover_drill_report_[\d-]+\.html$/m);
  });

  it("the systemd unit of the drill swaps back, verifies and reports", async () => {
    const out = await run(unitCommands("understudy-drill.service"));
    expect(out).to.match(/^DONE .*host-a has taken over from host-b/m);
    expect(out).to.match(/^ACCEPTED .* planned execute host-b -> host-a/m);
  });

  it("the Kubernetes jobs of the dry run and of the health check do what the runbook says", async () => {
    await untilAllWell();
    const out = await run(jobScript("configs/k8s/dry-run-cronjob.yaml") + jobScript("configs/k8s/health-cronjob.yaml"));
    expect(out).to.match(/^ACCEPTED .* planned dry-run host-a -> host-b/m);
    const report = path.join(folder(), "docs/results/prodlike_multi_host_health_report.json");
    const entries = JSON.parse(readFileSync(report, "utf8")) as { readonly status: string }[];
    expect(entries.filter(({ status }) => status !== "healthy")).to.deep.equal([]);
  });
});
