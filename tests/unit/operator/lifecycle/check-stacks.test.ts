import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { checkStacks } from "../../../../operator/lifecycle/check-stacks";
import { EnvironmentError } from "../../../../settings/environment-error";
import { loadEnvironment } from "../../../../settings/load-environment";
import { UserError } from "../../../../settings/user-error";
import { temporaryFolder } from "../../../support/temporary-folder";

const SHIPPED = path.resolve(__dirname, "../../../../configs/deploy/environments/prodlike_multi_host.yaml");

describe("the environment file that a verb is given", () => {
  const folder = temporaryFolder();
  const stack = (environment: string, host = "host-a"): HostStack =>
    ({
      host: { name: "host-a", stack: "primary" },
      stack: {
        workspace: { workDir: folder() },
        getAllConfig: () =>
          Promise.resolve({ "understudy:environment": { value: environment }, "understudy:host": { value: host } }),
      },
    }) as unknown as HostStack;
  const refusal = async (one: HostStack, file: string): Promise<UserError | undefined> => {
    try {
      await checkStacks([one], file);
      return undefined;
    } catch (error) {
      return error as UserError;
    }
  };

  it("is the one that the stacks declare; a renamed one is refused, with the command that declares it", async () => {
    for (const name of ["pair.yaml", "renamed.yaml"]) writeFileSync(path.join(folder(), name), "");
    const renamed = path.join(folder(), "renamed.yaml");
    expect(await refusal(stack("pair.yaml"), path.join(folder(), "pair.yaml"))).to.equal(undefined);
    const error = await refusal(stack("pair.yaml"), renamed);
    expect(error).to.be.instanceOf(UserError);
    expect(error?.message).to.contain("stack primary is declared by pair.yaml, not by").and.to.contain(renamed);
    expect(error?.next).to.equal(`pulumi -s primary config set understudy:environment ${renamed}`);
    expect(error?.exitCode).to.equal(2);
    // Declared under the name that it had, and not there any more.
    expect((await refusal(stack("gone.yaml"), renamed))?.exitCode).to.equal(2);
  });

  it("names the host that the stack declares", async () => {
    writeFileSync(path.join(folder(), "pair.yaml"), "");
    const error = await refusal(stack("pair.yaml", "host-z"), path.join(folder(), "pair.yaml"));
    expect(error?.message).to.contain("stack primary declares host-z");
  });

  it("is refused when it is half written, after whichever line it ends", () => {
    const lines = readFileSync(SHIPPED, "utf8").trimEnd().split("\n");
    const needed = lines.findLastIndex((one) => one.startsWith("  max_data_lag_events:"));
    expect(needed).to.be.above(10);
    mkdirSync(path.join(folder(), "half"));
    const file = path.join(folder(), "half", "pair.yaml");
    for (let count = 0; count < needed; count++) {
      writeFileSync(file, lines.slice(0, count).join("\n"));
      expect(() => loadEnvironment(file), `${count} lines`).to.throw(EnvironmentError);
    }
    writeFileSync(
      file,
      lines
        .slice(0, needed + 1)
        .join("\n")
        .slice(0, -3),
    );
    expect(() => loadEnvironment(file)).to.throw(EnvironmentError);
  });
});
