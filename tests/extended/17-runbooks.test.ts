import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { LAB_FILES, LAB_HOSTS } from "../../lab/host/layout";
import { CHECKOUT } from "../../lab/host/project";
import { labPulumiEnv } from "../../lab/host/stacks";
import { CONTAINER_NAMES } from "../../settings/services";
import { containerName, EVENTS_TABLE, NETWORK_NAME } from "../../settings/names";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { readManifests } from "../support/kubernetes-schema";
import { LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const MANUAL = "docs/OPERATIONS_MANUAL.md";
const WAL = "docs/WAL_RECOVERY_RUNBOOK.md";

/** The pages call Pulumi where the stacks are; the lab's are in a folder of their own, and nobody is there to say yes. */
const PULUMI = `pulumi() {
  case "$*" in *" up") set -- "$@" --yes --skip-preview ;; esac
  PATH=$TOOLS command pulumi --cwd '${LAB_FILES.project}' --non-interactive "$@"
}`;

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
      env: {
        ...{ ...process.env, ...labPulumiEnv(), PATH: process.env["PATH"], TOOLS: process.env["PATH"] },
        UNDERSTUDY_ENV_CONFIG: LAB_ENVIRONMENT,
      },
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

  /** The blocks under headings of a page, as one script; the pair is the lab's, whichever the page names. */
  const blocks = (page: string, ...headings: readonly string[]): string =>
    headings
      .flatMap((heading) => blocksUnder(page, heading))
      .join("\n")
      .replaceAll(/^export UNDERSTUDY_ENV_CONFIG=.*$/gm, "");

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
    expect(out).to.match(/^DRILL ACCEPTED /m);
    expect(out).to.match(/^ *switchover ACCEPTED: host-a took over from host-b/m);
    expect(out).to.match(/verdict +ACCEPTED .* planned execute host-b -> host-a/m);
  });

  it("the Kubernetes jobs of the dry run and of the health check do what the runbook says", async () => {
    await untilAllWell();
    const out = await run(jobScript("configs/k8s/dry-run-cronjob.yaml"));
    expect(out).to.match(/verdict +ACCEPTED .* planned dry-run host-a -> host-b/m);
    await run(jobScript("configs/k8s/health-cronjob.yaml"));
    const report = path.join(folder(), "docs/results/prodlike_multi_host_health_report.json");
    const entries = JSON.parse(readFileSync(report, "utf8")) as { readonly status: string }[];
    expect(entries.filter(({ status }) => status !== "healthy")).to.deep.equal([]);
  });

  it("recovery from WAL: the flow ends with host-b as primary, and the former primary follows already", async () => {
    await untilAllWell();
    const out = await run(blocks(WAL, "Bootstrap", "Failover", "Verify"));
    expect(out).to.match(/^DONE .*host-b has taken over from host-a/m);
    expect(out).to.match(/^ACCEPTED .* planned execute host-a -> host-b/m);
    await run(blocks(WAL, "A former primary came back"));
  });

  it("the Kubernetes job of the drill swaps back, verifies and reports", async () => {
    await untilAllWell();
    const out = await run(jobScript("configs/k8s/drill-job.yaml"));
    expect(out).to.match(/verdict +ACCEPTED .* planned execute host-b -> host-a/m);
  });

  it("split-brain suspicion and a standby that lacks WAL: what there is to read, and a standby that lacks nothing stays", async () => {
    await untilAllWell();
    const out = await run(blocks(MANUAL, "Split-brain suspicion"));
    expect(out).to.include('"observedRole": "primary"');
    await run(blocks(WAL, "The standby lacks WAL"));
  });

  it("upgrade: the standby's stack, a swap, the other stack; then failback", async () => {
    await untilAllWell();
    const up = await run(`${PULUMI}\n${blocks(MANUAL, "Upgrade")}`);
    expect(up).to.match(/^DONE .*host-b has taken over from host-a/m);
    await untilAllWell();
    const back = await run(blocks(MANUAL, "Failback"));
    expect(back).to.match(/^DONE .*host-a has taken over from host-b/m);
  });

  it("the state backend is lost: stacks made anew take the hosts over, with every event and both roles", async () => {
    await untilAllWell();
    const psql = (query: string): string =>
      `docker -H unix://${LAB_HOSTS[0]?.socket ?? ""} exec ${containerName("timescaledb")} psql -U postgres -d understudy -Atc "${query}"`;
    const events = await run(psql(`select count(*) from ${EVENTS_TABLE}`));
    renameSync(path.join(LAB_FILES.state, ".pulumi"), path.join(folder(), "lost"));
    const removed = LAB_HOSTS.map(
      ({ socket }) =>
        `docker -H unix://${socket} rm -f ${CONTAINER_NAMES.map(containerName).join(" ")} || true
        docker -H unix://${socket} network rm ${NETWORK_NAME}`,
    );
    await run([PULUMI, "pulumi stack init primary", "pulumi stack init standby", ...removed].join("\n"));
    await run(`${PULUMI}\n${blocks(MANUAL, "The state backend is lost").replace("bin/understudy status", "")}`);
    await untilAllWell();
    expect(await run(psql(`select count(*) from ${EVENTS_TABLE}`))).to.equal(events);
  });
});
