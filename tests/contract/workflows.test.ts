import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EvidenceDocument } from "../../evidence/document";
import { writeEvidence } from "../../evidence/write-evidence";
import { STAGES } from "../run/stages";
import { understudyCommands, usageFault } from "../support/documentation/commands";
import { parsePage } from "../support/documentation/pages";
import { workflows, workflowScripts, type WorkflowStep } from "../support/documentation/workflows";
import { runShell } from "../support/run-shell";
import { testKey, type TestKey } from "../support/signed-evidence";
import { temporaryFolder } from "../support/temporary-folder";
import { dryRunEvidence, plannedEvidence, record } from "../support/valid-evidence";

const RELEASE = ".github/workflows/release-package.yml";
const MAKE_TARGETS = [...readFileSync("Makefile", "utf8").matchAll(/^([a-z]+):/gm)].map(([, target]) => target);

/** The same drill as if it had ended `secondsAgo`. */
function endedAgo(document: EvidenceDocument, secondsAgo: number): EvidenceDocument {
  const shiftMs = Date.now() - secondsAgo * 1000 - Date.parse(document.drill.finishedAt);
  const text = JSON.stringify(document).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) =>
    new Date(Date.parse(time) + shiftMs).toISOString(),
  );
  return record(JSON.parse(text) as EvidenceDocument);
}

describe("the workflows", () => {
  for (const [file, workflow] of workflows()) {
    describe(file, () => {
      const page = parsePage(
        file,
        workflowScripts(workflow)
          .map((script) => `\`\`\`sh\n${script}\n\`\`\`\n`)
          .join(""),
      );

      it("runs only understudy commands that are understood, and make targets that are there", () => {
        const commands = understudyCommands(page);
        expect(commands).not.to.deep.equal([]);
        for (const words of commands) expect(usageFault(words), words.join(" ")).to.equal(undefined);
        const targets = page.shellLines.flatMap((line) => /^make (\w+)/.exec(line)?.[1] ?? []);
        expect(MAKE_TARGETS).to.include.members(targets);
      });

      it("names every action by the commit it was reviewed at", () => {
        const actions = readFileSync(file, "utf8").match(/uses: .*/g) ?? [];
        for (const action of actions) expect(action).to.match(/^uses: [\w./-]+@[0-9a-f]{40} # v\d/);
      });
    });
  }

  it("ci.yml runs every stage that needs no hosts beside the others, and all of them in the job with the lab", () => {
    const text = readFileSync(".github/workflows/ci.yml", "utf8");
    const listed = [...text.matchAll(/^ {10}- ([a-z ]+)$/gm)].flatMap(([, names = ""]) => names.split(" "));
    const withoutHosts = STAGES.map(({ name }) => name).filter(
      (name) => !["idle", "e2e", "extended", "requirements"].includes(name),
    );
    expect(listed).to.have.members(withoutHosts);
    expect(text).to.include("make test").and.include("make drill");
  });
});

describe("the release gate", function () {
  this.timeout(600_000);
  this.slow(10_000);
  const folder = temporaryFolder();
  const release = workflows().get(RELEASE)!;
  const steps = release.jobs["package"]!.steps;
  const at = (word: string): number => steps.findIndex(({ run }) => run?.includes(word));
  const gate = (): WorkflowStep => steps[at("understudy verify")]!;

  it("stands before the package, with the requirements, and nothing goes around either", () => {
    expect(at("understudy verify")).to.be.greaterThan(-1).and.lessThan(at("npm pack"));
    expect(at("understudy requirements verify")).to.be.greaterThan(-1).and.lessThan(at("npm pack"));
    for (const step of steps) {
      expect(step).not.to.have.any.keys("if", "continue-on-error");
      expect(step.run ?? "").not.to.match(/\|\||set \+e/);
    }
    expect(release.jobs["package"]).to.include({ needs: "evidence" }).and.not.have.any.keys("if", "continue-on-error");
  });

  const key = testKey();

  /** Runs the gate's own script over evidence, as the workflow would with this run's nonce. */
  async function exitCodeFor(
    document: EvidenceDocument | undefined,
    { nonce = "gate-7", trusted = key }: { readonly nonce?: string; readonly trusted?: TestKey } = {},
  ): Promise<number | null> {
    const place = path.join(folder(), "package");
    rmSync(place, { recursive: true, force: true });
    mkdirSync(path.join(place, "docs/results"), { recursive: true });
    symlinkSync(path.resolve("bin"), path.join(place, "bin"));
    if (document !== undefined) {
      await writeEvidence(path.join(place, "docs/results/failover_result.env"), document, key.signing);
    }
    writeFileSync(path.join(place, "docs/results/signing-key.pub.pem"), trusted.publicPem);
    const variables = Object.entries({ ...release.env, NONCE: nonce });
    const assign = variables.map(([name, value]) => `export ${name}='${value}'`).join("\n");
    return runShell(place, `${assign}\n${gate().run ?? ""}`, 120_000).code;
  }

  it("accepts signed evidence of an executed drill that carries the run's nonce and is fresh", async () => {
    expect(await exitCodeFor(endedAgo(plannedEvidence(), 60))).to.equal(0);
  });

  it("refuses old evidence, another run's nonce, a dry run, another key", async () => {
    const fresh = endedAgo(plannedEvidence(), 60);
    expect(await exitCodeFor(endedAgo(plannedEvidence(), 3 * 3600)), "three hours old").to.equal(1);
    expect(await exitCodeFor(fresh, { nonce: "gate-8" }), "nonce").to.equal(1);
    expect(await exitCodeFor(endedAgo(dryRunEvidence(), 60)), "dry run").to.equal(1);
    expect(await exitCodeFor(fresh, { trusted: testKey("ECDSA P-256") }), "key").to.equal(1);
  });

  it("cannot verify where there is no evidence, and says so by its exit code", async () => {
    expect(await exitCodeFor(undefined)).to.equal(2);
  });
});
