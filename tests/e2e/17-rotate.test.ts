import { expect } from "chai";
import type { RotationOutcome } from "../../operator/rotate/rotate";
import { labCredentials, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";

const ENV = ["--env-config", LAB_ENVIRONMENT];

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

describe("the exchange of a secret, on the lab", function () {
  this.timeout(300_000);
  const rotate = async (...words: readonly string[]): Promise<RotationOutcome> =>
    JSON.parse(ended(0, await understudy("rotate", ...words, ...ENV, "--output", "json")).stdout) as RotationOutcome;
  const values = async (): Promise<readonly (string | undefined)[]> => {
    const { roles, postgres, redis, before } = await labCredentials();
    return [roles ?? postgres, redis, JSON.stringify(before)];
  };

  it("is dry by default, and says which steps are left", async () => {
    const before = await values();
    const outcome = await rotate("roles");
    expect(outcome).to.include({ mode: "dry-run", underWay: false });
    expect(outcome.left.join("\n")).to.match(/PostgreSQL is told the new one/);
    expect(outcome.before.map(({ files, postgres, redis }) => [files, postgres, redis])).to.deep.equal(
      Array.from({ length: 2 }, () => ["old", "old", "old"]),
    );
    expect(await values()).to.deep.equal(before);
  });
});
