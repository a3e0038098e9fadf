import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { writeEvidence } from "../../evidence/write-evidence";
import { swapStory } from "../support/drill-story";
import { temporaryFolder } from "../support/temporary-folder";

interface Ended {
  readonly code: number | null;
  /** What came on the stream that stayed open. */
  readonly said: string;
}

describe("a verb whose reader closes the pipe", function () {
  this.timeout(30_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const evidence = (): string => path.join(folder(), "swap.env");

  before(async () => {
    await writeEvidence(evidence(), swapStory());
    mkdirSync(path.join(folder(), "unread"));
    writeFileSync(path.join(folder(), "unread/broken.env"), "FAILOVER_ID=broken\n");
  });

  /** Runs a verb with one of its streams closed at the other end before the verb has said anything. */
  async function withoutReader(closed: "stdout" | "stderr", ...words: string[]): Promise<Ended> {
    const child = spawn(path.resolve("bin/understudy"), words, { cwd: folder(), stdio: ["ignore", "pipe", "pipe"] });
    child[closed].destroy();
    const open = closed === "stdout" ? child.stderr : child.stdout;
    const [said, code] = await Promise.all([
      text(open),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    return { code, said };
  }

  for (const words of [["--help"], ["lab", "matrix", "--list", "--output", "json"]]) {
    it(`${words.join(" ")}: ends without a word, with the exit code of a broken pipe`, async () => {
      expect(await withoutReader("stdout", ...words)).to.deep.equal({ code: 141, said: "" });
    });
  }

  it("a verb that has failed keeps its own exit code", async () => {
    expect(await withoutReader("stdout", "history", "--dir", "unread")).to.deep.equal({ code: 1, said: "" });
  });

  it("the work is done all the same, whichever stream is read no more", async () => {
    for (const [closed, expected] of [
      ["stdout", 141],
      ["stderr", 0],
    ] as const) {
      const { code, said } = await withoutReader(closed, "report", "--evidence", evidence(), "--output-dir", closed);
      expect(code, said).to.equal(expected);
      expect(said).not.to.include("EPIPE");
      const page = path.join(folder(), closed, "failover_drill_report_2026-11-23.html");
      expect(existsSync(page), page).to.equal(true);
    }
  });

  it("bad usage whose complaint nobody reads is bad usage still", async () => {
    expect(await withoutReader("stderr", "status", "--no-such-flag")).to.deep.equal({ code: 2, said: "" });
  });
});
