import path from "node:path";
import { expect } from "chai";
import { Keeper } from "../../../doors/keeper";
import { temporaryFolder } from "../../support/temporary-folder";

describe("the keeper of a door", () => {
  const folder = temporaryFolder();

  it("lets who is held go on though HAProxy does not answer, and says that it does not", async () => {
    const told: string[] = [];
    const tell = (word: string) => (): Promise<void> => Promise.resolve(void told.push(word));
    const pool = { arm: tell("arm"), pause: () => Promise.resolve(0), resume: tell("resume"), close: () => undefined };
    const keeper = new Keeper(pool, path.join(folder(), "no.sock"));
    const codeOf = (line: string): Promise<unknown> =>
      keeper.follow(line).then(
        () => undefined,
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
    await keeper.follow("pause 1000");
    expect(await codeOf("hold")).to.equal("ENOENT");
    expect(await codeOf("release")).to.equal("ENOENT");
    expect(told).to.deep.equal(["resume"]);
  });
});
