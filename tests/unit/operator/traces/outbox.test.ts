import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { keepTrace, MOST_WAITING, OUTBOX_FOLDER, setAside, waitingTraces } from "../../../../operator/traces/outbox";
import { sendTraces } from "../../../../operator/traces/send-traces";
import { primaryAfter, traceDrill } from "../../../../operator/traces/trace-drill";
import { spanTreeOf } from "../../../../evidence/trace/span-tree";
import { DEMOTION } from "../../../../settings/steps";
import { failedEvidence, plannedEvidence } from "../../../support/valid-evidence";
import { temporaryFolder } from "../../../support/temporary-folder";

const at = (number: number): string => `2026-11-23T10:00:00.${String(number).padStart(3, "0")}Z`;

describe("the outbox of traces", () => {
  const parent = temporaryFolder();
  let each = 0;
  const folder = (): string => path.join(parent(), String(each));
  const said: string[] = [];
  const say = (words: string): void => void said.push(words);
  beforeEach(() => {
    said.splice(0);
    each += 1;
    mkdirSync(folder());
  });

  it("keeps them in the order of their drills, and none that is half written", async () => {
    for (const number of [2, 1]) await keepTrace(folder(), { id: `d${number}`, startedAt: at(number) }, `${number}`);
    writeFileSync(path.join(folder(), OUTBOX_FOLDER, ".half.json.tmp"), "{");
    const found = await waitingTraces(folder());
    expect(found.map(({ body }) => body)).to.deep.equal(["1", "2"]);
    expect(await waitingTraces(path.join(folder(), "none"))).to.deep.equal([]);
  });

  it("holds so many, and lets the oldest go", async () => {
    const gone: number[] = [];
    for (let number = 0; number < MOST_WAITING + 2; number += 1)
      gone.push(await keepTrace(folder(), { id: "d", startedAt: at(number) }, String(number)));
    expect(gone.slice(-3)).to.deep.equal([0, 1, 1]);
    const found = await waitingTraces(folder());
    expect([found.length, found[0]?.body]).to.deep.equal([MOST_WAITING, "2"]);
  });

  it("sends none again that was set aside, and counts it", async () => {
    await keepTrace(folder(), { id: "d", startedAt: at(1) }, "x");
    const [waiting] = await waitingTraces(folder());
    if (waiting === undefined) throw new Error("none waits");
    await setAside(waiting);
    expect(await waitingTraces(folder())).to.deep.equal([]);
    expect(readdirSync(path.join(folder(), OUTBOX_FOLDER))).to.have.length(1);
  });

  it("says so, and asks nobody, where no host is seen to be primary or nothing waits", async () => {
    expect(await sendTraces(folder(), undefined, say)).to.deep.equal({ sent: 0, waiting: 0 });
    expect(said).to.deep.equal([]);
    await keepTrace(folder(), { id: "d", startedAt: at(1) }, "x");
    expect(await sendTraces(folder(), undefined, say)).to.deep.equal({ sent: 0, waiting: 1 });
    expect(said.join()).to.include("1 trace waits on disk for Tempo").and.to.include("no host is seen to be primary");
  });

  it("spoils no drill where it cannot be written", async () => {
    const file = path.join(folder(), "file");
    writeFileSync(file, "");
    const document = plannedEvidence();
    const tree = spanTreeOf(document, { evidenceFile: "e", evidenceSha256: "s" });
    await traceDrill(file, document.drill, tree, say);
    expect(said.join()).to.include("this drill has no trace");
  });
});

describe("the host whose Tempo is in service after a drill", () => {
  it("is the one that was seen to be primary, else the one that was promoted, else the old one", () => {
    expect(primaryAfter(plannedEvidence())).to.equal("host-b");
    const unseen = { ...plannedEvidence(), topology: { before: null, after: null } };
    expect(primaryAfter(unseen)).to.equal("host-b");
    expect(primaryAfter({ ...failedEvidence(DEMOTION), topology: { before: null, after: null } })).to.equal("host-a");
  });
});
