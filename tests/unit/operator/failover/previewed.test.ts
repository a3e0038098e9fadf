import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { previewed } from "../../../../operator/failover/pending-changes";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { messageOf } from "../../../../settings/user-error";
import { temporaryFolder } from "../../../support/temporary-folder";

interface Asked {
  readonly signal: AbortSignal;
}

/** What an engine says that was interrupted, or met a fault: much beside the reason. */
const SAID = [
  "pulumi preview ended with 1",
  "warning: using pulumi-language-nodejs from $PATH",
  "@ previewing update....",
  "error: the engine of the host did not answer",
  "Resources: 55 unchanged 1 errored",
].join("\n");

describe("a preview of what waits for an up, when it fails", () => {
  const folder = temporaryFolder();

  /** The words of what `previewed` throws. */
  async function thrown(preview: (asked: Asked) => Promise<unknown>): Promise<string> {
    writeFileSync(path.join(folder(), "Pulumi.standby.yaml"), "config:\n  understudy:role: standby\n");
    const stack = { name: "standby", workspace: { workDir: folder() }, preview };
    const one = { host: { name: "host-b" }, stack } as unknown as HostStack;
    return previewed(one, undefined, 50).then(
      () => expect.fail("it did not fail"),
      (error: unknown) => messageOf(error),
    );
  }

  it("tells the engine's complaint alone", async () => {
    expect(await thrown(() => Promise.reject(new Error(SAID)))).to.equal(
      "preview of stack standby: the engine of the host did not answer",
    );
  });

  it("tells its own bound when that was over, not how the interrupted engine ended", async () => {
    const interrupted = ({ signal }: Asked): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error(SAID))));
    expect(await thrown(interrupted)).to.equal("preview of stack standby: it took longer than 0.05 s");
  });
});
