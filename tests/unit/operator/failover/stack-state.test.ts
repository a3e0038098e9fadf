import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Stack } from "@pulumi/pulumi/automation";
import { engineVariables } from "../../../../operator/failover/detached-pulumi";
import { exportState, importState, resourcesOf, shown } from "../../../../operator/failover/stack-state";

/** A stack whose engine notes what it is told, and what it finds in the file that it is given. */
function stackOf(answer: string, heard: string[][], look: (file: string) => void = () => undefined): Stack {
  const run = (words: string[]): Promise<{ stdout: string }> => {
    heard.push(words);
    const file = words[words.indexOf("--file") + 1];
    if (words.includes("--file") && file !== undefined) look(file);
    return Promise.resolve({ stdout: answer });
  };
  const workspace = { pulumiCommand: { run }, workDir: "/project", envVars: {}, pulumiHome: undefined };
  return { name: "standby", workspace } as unknown as Stack;
}

describe("a stack's state", () => {
  it("is exported with its secrets encrypted, unless they are to be compared", async () => {
    const heard: string[][] = [];
    const stack = stackOf('{"version":3,"deployment":{}}', heard);
    await exportState(stack);
    await exportState(stack, "shown");
    expect(heard).to.deep.equal([
      ["stack", "export", "--stack", "standby"],
      ["stack", "export", "--show-secrets", "--stack", "standby"],
    ]);
  });

  it("is imported from a file that nobody else can read, and that is gone afterwards", async () => {
    let seen: string | undefined;
    const stack = stackOf("", [], (file) => {
      seen = file;
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect(statSync(path.dirname(file)).mode & 0o777).to.equal(0o700);
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal({ version: 3, deployment: {} });
    });
    await importState(stack, { version: 3, deployment: {} });
    expect(existsSync(path.dirname(seen ?? ""))).to.equal(false);
  });

  it("leaves no file when the engine does not take it", async () => {
    let seen = "";
    const stack = stackOf("", [], (file) => {
      seen = file;
      throw new Error("refused");
    });
    expect(await importState(stack, { version: 3, deployment: {} }).catch((error: unknown) => error)).to.be.an("error");
    expect(seen).not.to.equal("");
    expect(existsSync(path.dirname(seen))).to.equal(false);
  });

  it("has resources by name, none when it is empty, and secrets that were shown", () => {
    expect(resourcesOf({ deployment: null })).to.deep.equal([]);
    expect(shown({ plaintext: '{"a":"b"}' })).to.deep.equal({ a: "b" });
    expect([shown("a"), shown(undefined), shown(null)]).to.deep.equal(["a", undefined, null]);
  });
});

describe("the variables that the engine sees", () => {
  const FILE = { PULUMI_CONFIG_PASSPHRASE_FILE: "/etc/understudy/passphrase" };

  for (const set of ["", "another one"]) {
    it(`have no passphrase of this shell beside the environment's file: ${JSON.stringify(set)}`, () => {
      const seen = engineVariables({ PATH: "/bin", PULUMI_CONFIG_PASSPHRASE: set }, FILE);
      expect(seen).to.deep.equal({ PATH: "/bin", ...FILE });
    });
  }

  it("have the shell's passphrase where the environment names no file", () => {
    const own = { PULUMI_CONFIG_PASSPHRASE: "ours" };
    expect(engineVariables(own, {})).to.deep.equal(own);
    expect(engineVariables({ PULUMI_CONFIG_PASSPHRASE: "" }, {})).to.deep.equal({ PULUMI_CONFIG_PASSPHRASE: "" });
  });

  it("have the shell's file, and not an empty passphrase beside it; one that is not empty counts, as Pulumi has it", () => {
    expect(engineVariables({ ...FILE, PULUMI_CONFIG_PASSPHRASE: "" }, {})).to.deep.equal(FILE);
    const both = { ...FILE, PULUMI_CONFIG_PASSPHRASE: "ours" };
    expect(engineVariables(both, {})).to.deep.equal(both);
  });
});
