import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../support/temporary-folder";
import { understudy, type CommandRun } from "../support/understudy-command";

const ROOT = path.resolve(__dirname, "../..");
const FILE = "environments/pair.yaml";

describe("a command that destroys", function () {
  this.timeout(30_000);
  this.slow(5000);
  const folder = temporaryFolder();

  /** Runs a command in an operator's folder whose stacks declare these files, with `pair.yaml` as the usual one. */
  async function run(declared: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<CommandRun> {
    for (const [stack, file] of Object.entries(declared)) {
      const host = stack === "primary" ? "host-a" : "host-b";
      const config = `config:\n  understudy:environment: ${file}\n  understudy:host: ${host}\n`;
      writeFileSync(path.join(folder(), `Pulumi.${stack}.yaml`), config);
    }
    const before = process.env["UNDERSTUDY_ENV_CONFIG"];
    process.env["UNDERSTUDY_ENV_CONFIG"] = FILE;
    try {
      return await understudy(folder(), ...words);
    } finally {
      if (before === undefined) delete process.env["UNDERSTUDY_ENV_CONFIG"];
      else process.env["UNDERSTUDY_ENV_CONFIG"] = before;
    }
  }

  before(() => {
    mkdirSync(path.join(folder(), "environments"));
    for (const name of ["pair", "other"]) {
      const to = path.join(folder(), `environments/${name}.yaml`);
      cpSync(path.join(ROOT, "configs/deploy/environments/prodlike_multi_host.yaml"), to);
    }
    cpSync(path.join(ROOT, "Pulumi.yaml"), path.join(folder(), "Pulumi.yaml"));
  });

  const BOTH = { primary: FILE, standby: FILE };
  const commands: readonly (readonly string[])[] = [
    ["down", "--remove-data", "lab/host-a lab/host-b", "--execute"],
    ["up", "--begin-anew", "lab/host-a", "--execute"],
    ["rejoin", "host-a", "--give-up-writes", "lab/host-a", "--execute"],
    ["salvage", "remove", "lab/host-a", "x"],
    ["backup", "restore", "--service", "redis", "--to", "service", "--overwrite", "lab/host-a/redis"],
  ];

  for (const words of commands) {
    it(`takes no usual file that the stacks do not declare: ${words.join(" ")}`, async () => {
      for (const declared of [
        { primary: FILE, standby: "environments/other.yaml" },
        { ...BOTH, primary: "none.yaml" },
      ]) {
        const { code, out, err } = await run(declared, ...words);
        expect([code, out, err.at(-1)]).to.deep.equal([2, "", "next: the same command with --env-config FILE"]);
        expect(err[0]).to.match(/^error: stack \w+ is declared by .*, and environments\/pair\.yaml would be taken: /);
      }
    });
  }

  it("refuses another environment's words for what the usual file names, and says the right ones", async () => {
    const next: Readonly<Record<string, RegExp>> = {
      down: /^next: understudy down --env-config \S+ --remove-data "prodlike\/host-a prodlike\/host-b"$/,
      rejoin: /^next: understudy rejoin host-a --give-up-writes prodlike\/host-a$/,
      salvage: /^next: understudy salvage remove prodlike\/host-a x$/,
    };
    for (const words of commands.filter(([verb = ""]) => verb in next)) {
      const { code, err } = await run(BOTH, ...words);
      expect(code, err.join("\n")).to.equal(3);
      expect(err.at(-1)).to.match(next[words[0] ?? ""] ?? /^$/);
    }
  });

  it("takes a file that was named, whatever the stacks declare", async () => {
    const declared = { ...BOTH, primary: "environments/other.yaml" };
    const { code, err } = await run(declared, "salvage", "remove", "host-a", "x", "--env-config", FILE);
    expect([code, err.at(-1)]).to.deep.equal([3, "next: understudy salvage remove prodlike/host-a x"]);
  });

  it("gives up the writes of the host that comes back alone", async () => {
    const { code, err } = await run(BOTH, "rejoin", "host-a", "--give-up-writes", "prodlike/host-b");
    expect([code, err.at(-1)]).to.deep.equal([3, "next: understudy rejoin host-a --give-up-writes prodlike/host-a"]);
  });
});
