import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { RUNBOOKS, readPage } from "../support/documentation/pages";
import { commandFault, commandsOfBlock } from "../support/documentation/proofs";
import { blocksUnder, shellBlocks } from "../support/documentation/shell-blocks";
import { runProgram } from "../support/run-program";
import { runShell } from "../support/run-shell";
import { temporaryFolder } from "../support/temporary-folder";

const MANUAL = "docs/OPERATIONS_MANUAL.md";
/** What the operations manual must tell, by its headings. */
const OPERATIONS = [
  "Every day",
  "A drill",
  "Failover when the primary is gone",
  "Failback",
  "Split-brain suspicion",
  "The state backend is lost",
  "Backups",
  "Keys and passwords",
  "Upgrade",
];

describe("every command block of the runbooks", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();

  it("is found: there are four runbooks, each with blocks", () => {
    expect([...RUNBOOKS].sort()).to.deep.equal([
      "docs/K8S_DEPLOYMENT_RUNBOOK.md",
      MANUAL,
      "docs/SYSTEMD_DEPLOYMENT_RUNBOOK.md",
      "docs/WAL_RECOVERY_RUNBOOK.md",
    ]);
    for (const page of [...RUNBOOKS, "docs/TWO_HOSTS.md"]) expect(shellBlocks(page), page).not.to.deep.equal([]);
  });

  for (const page of [...RUNBOOKS, "docs/TWO_HOSTS.md"]) {
    it(`${page}: names verbs, flags, units, manifests and files that are there, in every line`, () => {
      const faults = shellBlocks(page)
        .flatMap(commandsOfBlock)
        .flatMap((command) => commandFault(command) ?? []);
      expect(faults).to.deep.equal([]);
    });

    it(`${page}: is shell that shellcheck accepts`, () => {
      shellBlocks(page).forEach((block, index) => {
        const file = path.join(folder(), `${path.basename(page, ".md")}-${String(index)}.sh`);
        writeFileSync(file, `#!/bin/sh\nset -eu\n${block}`);
        const { code, said } = runProgram("shellcheck", "--exclude=SC2154", file);
        expect(code, said).to.equal(0);
      });
    });
  }

  it("of the operations manual stands under the operation it is for, and none of these is missing", () => {
    for (const heading of OPERATIONS) expect(readPage(MANUAL).text, heading).to.include(`\n## ${heading}\n`);
  });

  it("that makes a signing key makes one", () => {
    const { code, err } = runShell(folder(), blocksUnder(MANUAL, "Keys and passwords").join("\n"));
    expect(code, err).to.equal(0);
  });

  it("is checked: commands that name what is not there are found", () => {
    for (const command of [
      "bin/understudy backup chekc",
      "pulumi -s standby config sett understudy:role primary",
      "pulumi -s standby preview --no-such-flag",
      "pulumi stak init primary",
      "systemctl enable --now understudy-nothing.timer",
      "systemctl start understudy-drill.timer",
      "systemctl reanimate understudy-drill.service",
      "journalctl --unit understudy-nothing.service",
      "kubectl apply -f configs/k8s/nothing.yaml",
      "kubectl -n elsewhere get jobs",
      "kubectl apply -f configs/k8s/drill-job.yaml",
      "kubectl -n understudy debug job/dry-run-now",
      "kubectl -n understudy exec pod/understudy-operator -it /bin/sh",
      "kubectl -n understudy wait --timeout=120s pod/understudy-operator",
      "kubectl -n understudy create job --from=cronjob/understudy-dry-run",
      "kubectl -n understudy exec pod/nothing -it -- /bin/sh",
      "kubectl -n understudy create job --from=cronjob/understudy-nothing now",
      "kubectl -n understudy logs --selector=app.kubernetes.io/name=nothing",
      "docker push registry.example/nothing:1",
      "toolchain/setup.sh --only nothing",
      "cp /opt/understudy/configs/nothing/* /etc",
      "nothing at all",
    ])
      expect(commandFault(command), command).to.be.a("string");
  });

  it("is read as the shell reads it: lines that go on, loops, comments and both sides of a &&", () => {
    expect(commandsOfBlock("for x in a b; do\n  one \\\n    two # three\ndone\nfour >five && six\n")).to.deep.equal([
      "one  two",
      "four",
      "six",
    ]);
  });
});
