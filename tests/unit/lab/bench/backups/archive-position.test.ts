import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { parseArchivePosition } from "../../../../../lab/bench/backups/archive-lag";
import { temporaryFolder } from "../../../../support/temporary-folder";

const SCRIPT = path.resolve("lab/bench/backups/archive-position.sh");
const SEGMENT = 1024 * 1024;

describe("archive-position.sh", function () {
  this.slow(2000);
  const folder = temporaryFolder();

  /** The first line that it prints of a folder with one file, which is zeros behind `filled`. */
  async function firstLine(name: string, file: string | undefined, filled: Buffer): Promise<string> {
    const place = path.join(folder(), name);
    mkdirSync(place);
    if (file !== undefined)
      writeFileSync(path.join(place, file), Buffer.concat([filled, Buffer.alloc(SEGMENT - filled.length)]));
    // A process group of its own: it ends by ending its group.
    const child = spawn("sh", [SCRIPT, place, "20"], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
    try {
      for await (const line of createInterface({ input: child.stdout })) return line;
      return "nothing";
    } finally {
      child.stdin.end("stop\n");
    }
  }

  for (const [bytes, offset] of [
    [8, 8],
    [8192, 8192],
    [8200, 8200],
    [3 * 8192 + 77, 3 * 8192 + 80],
    [SEGMENT, SEGMENT],
  ] as const) {
    it(`finds the end of ${String(bytes)} bytes, to the word of 8`, async () => {
      const line = await firstLine(
        `filled-${String(bytes)}`,
        "000000020000000000000003.partial",
        Buffer.alloc(bytes, 7),
      );
      expect(parseArchivePosition(line)?.lsn).to.equal(3n * BigInt(SEGMENT) + BigInt(offset));
    });
  }

  it("stands at the beginning of a file that nothing has come into", async () => {
    const line = await firstLine("fresh", "000000020000000000000003.partial", Buffer.alloc(0));
    expect(parseArchivePosition(line)?.lsn).to.equal(3n * BigInt(SEGMENT));
  });

  it("says that it does not know when there is no file that is being filled", async () => {
    const line = await firstLine("none", undefined, Buffer.alloc(0));
    expect(parseArchivePosition(line)).to.equal(null);
  });
});
