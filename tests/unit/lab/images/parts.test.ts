import { expect } from "chai";
import { ensureParts, parseParts } from "../../../../lab/images/parts";
import type { PartName } from "../../../../lab/images/recipes";

describe("the parts of the lab's images", () => {
  it("are read one a line, file names with spaces included", () => {
    expect([...parseParts("rootfs /a/rootfs.tar\nloki /b c/loki\n")]).to.deep.equal([
      ["rootfs", "/a/rootfs.tar"],
      ["loki", "/b c/loki"],
    ]);
  });

  it("fail with the script's own last line and the command to run", async () => {
    const lines: string[] = [];
    const failure = await ensureParts(["nonsense" as PartName], (line) => lines.push(line)).then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(failure).to.match(/unknown part "nonsense".*; next: .*parts\.sh nonsense/);
    expect(lines.at(-1)).to.contain("unknown part");
  });
});
