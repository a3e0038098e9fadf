import { existsSync } from "node:fs";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { EvidenceDocument } from "../../evidence/document";
import { TAKEN_UP } from "../../drills/engine/run-step";
import { labHeal } from "../../lab/faults/heal";
import { holdReplayInCut } from "../../lab/faults/pause-replay";
import { strikeFault } from "../../lab/faults/strike";
import { labPair } from "../../lab/host/lab-pair";
import { LAB_HOSTS, type LabHost } from "../../lab/host/layout";
import { readyPair } from "../../lab/host/pair-care";
import { startWatch, type Watch } from "../../lab/watch/watcher";
import { STORE_NAMES } from "../../settings/services";
import { CRASH_CELLS, type CrashCell, type Outcome } from "../support/crash-cells";
import { crash } from "../support/crash-drill";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { drill, good, pairRoles, standingProbe, swapTo, verdict } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;
/** Every cell: UNDERSTUDY_CRASHES=all mocha tests/extended/12-crash-anywhere.test.ts */
const ALL = process.env["UNDERSTUDY_CRASHES"] === "all";
const CELLS = CRASH_CELLS.filter(({ inEveryTest }) => ALL || inEveryTest);

/** The cut stays open for seconds while the standby does not replay. */
async function withOpenCut<T>({ at }: CrashCell, standby: LabHost, work: () => Promise<T>): Promise<T> {
  if (at !== "cut is open") return work();
  const primary = LAB_HOSTS.find((host) => host !== standby)?.name ?? "";
  const pair = { environment: labEnvironment(), credentials: await labCredentials() };
  const held = await holdReplayInCut(pair, primary, standby.name);
  try {
    return await work();
  } finally {
    await held.resume();
    held.close();
  }
}

/** Everything that a crash may have left in the state is explained, and cleared by the verb that is named. */
async function settled(): Promise<void> {
  const shown = await understudy("settle", "--env-config", LAB_ENVIRONMENT);
  if (shown.code === 0) return;
  expect(shown.stdout)
    .to.match(/locked {3}by|pending {2}/)
    .and.include("next: understudy settle --execute");
  good(await understudy("settle", "--env-config", LAB_ENVIRONMENT, "--execute"));
  good(await understudy("settle", "--env-config", LAB_ENVIRONMENT));
}

/** Waits until exactly one host is primary and, in a planned drill, the other one its standby. */
async function outcomeOf({ kind }: CrashCell, standby: LabHost): Promise<Outcome> {
  const isSettled = (roles: Awaited<ReturnType<typeof pairRoles>>): boolean =>
    roles.filter((role) => role === "primary").length === 1 && (kind === "unplanned" || roles.includes("standby"));
  const { reading, reached } = await pollUntil(pairRoles, isSettled, { deadlineMs: 60_000, pauseMs: 500 });
  expect(reached, `within 60 s one host is primary: ${reading.join(", ")}`).to.equal(true);
  return LAB_HOSTS[reading.indexOf("primary")] === standby ? "completed" : "rolled back";
}

/** What the evidence of the last run says of the one before it. */
function expectTruth(cell: CrashCell, document: EvidenceDocument, outcome: Outcome): void {
  const { steps, success, failedStep } = document;
  const failure = steps.find(({ step }) => step === failedStep)?.failure;
  if (!success) {
    expect(failure?.reason, JSON.stringify(steps)).to.match(
      /interrupted|drill id is new|cannot be reached|no answer|must reach/,
    );
    expect(failure?.next).to.match(/^understudy /);
    return;
  }
  expect(outcome).to.equal("completed");
  const marks = steps.flatMap((step) => step.marks.map(({ name }) => name));
  // Where nothing had been noted yet there is nothing to take up.
  if (cell.kind === "unplanned" && cell.victim === "engine and its plugins" && cell.at !== "precheck begins") {
    expect(marks).to.include(TAKEN_UP);
  }
}

/** The evidence is accepted; a drill that was run twice may have missed its own objective for its time, and says so. */
async function expectAccepted(file: string): Promise<void> {
  const { code, stdout, stderr } = await verdict(file, { maxLost: 1000 });
  const refused = stdout.split("\n").filter((line) => line.startsWith("REFUSED"));
  const others = refused.filter((line) => !line.startsWith("REFUSED objectives-met document.drill.durationMs="));
  expect(others).to.deep.equal([]);
  expect(code, stdout + stderr).to.equal(refused.length === 0 ? 0 : 1);
}

describe("a crash anywhere: the next run of the same drill id resumes, undoes or refuses", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const pair = labPair(labEnvironment());

  let watch: Watch | undefined;
  let socket: string | undefined;

  afterEach(async () => {
    await watch?.stop();
    if (socket !== undefined) await understudy("probe", "--env-config", LAB_ENVIRONMENT, "--socket", socket, "--stop");
    [watch, socket] = [undefined, undefined];
    await labHeal(quiet);
  });
  after("host-a is primary again", async () => {
    const { primary } = await readyPair(pair, quiet);
    if (primary.name !== "host-a") await swapTo("host-a", `${folder()}/back.env`);
  });

  for (const cell of CELLS) {
    const { kind, victim, at, ends } = cell;
    it(`${kind}, ${at}: ${victim}: ${ends.join(" or ")}`, async () => {
      const { primary, standby } = await readyPair(pair, quiet);
      const name = `crash-${Date.now()}`;
      const [first, second] = [`${folder()}/${name}-first.env`, `${folder()}/${name}-second.env`];
      const words = ["--to", standby.name, "--drill-id", name];
      watch = await startWatch(labEnvironment(), await labCredentials());
      if (kind === "unplanned") {
        socket = await standingProbe(`${folder()}/${name}.sock`);
        words.push("--unplanned", "--standing-probe", socket);
        await strikeFault("power-loss", primary.name, quiet);
      }
      const crashed = await withOpenCut(cell, standby, () => crash([...words, "--output-file", first], at, victim));
      await settled();
      if (crashed.code === 0) await expectAccepted(first);
      const again = await drill(second, ...words);
      const outcome = await outcomeOf(cell, standby);
      expect(ends, `${crashed.stderr}\n${again.stdout}\n${again.stderr}`).to.include(outcome);
      if (existsSync(second)) {
        expectTruth(cell, again.document(), outcome);
        if (again.code === 0) await expectAccepted(second);
      } else {
        expect(again.code, again.stderr).to.equal(3);
      }
      const report = await watch.stop();
      for (const store of STORE_NAMES) expect(report[store], store).to.deep.include({ twoWriterMs: 0, overlaps: [] });
    });
  }
});
