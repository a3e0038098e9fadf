import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { PairOfStacks } from "../support/pair-of-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy, type CommandRun } from "../support/understudy-command";

const SECRET = "a planted secret of the shop";
const KEY = "understudy:shopPassword";
const FIELD = "applications.shop.password: ";

describe("an up with an application, through the real engine", function () {
  this.timeout(300_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let pair: PairOfStacks;

  before(async () => {
    mkdirSync(path.join(folder(), "pair"));
    pair = new PairOfStacks(path.join(folder(), "pair"), `file://${path.join(folder(), "pair/state")}`);
    const environment = parseDocument(readFileSync(pair.file, "utf8"));
    environment.set("applications", { shop: { password: "shopPassword", databases: { shop: {} } } });
    writeFileSync(pair.file, environment.toString());
    await pair.make();
  });

  const set = (stack: string, value: string, how = "--secret"): Promise<unknown> =>
    pair.scratch.must("config", "set", "--stack", stack, how, KEY, value);

  /** What an `up` says, which is refused before any host is asked; it must not have the secret. */
  async function refused(): Promise<string> {
    const run: CommandRun = await understudy(folder(), "up", "--env-config", pair.file, "--execute");
    const said = `${run.out}${run.err.join("\n")}`;
    expect([run.code, said.includes(SECRET)], said).to.deep.equal([2, false]);
    return said;
  }

  it("is refused by the field whose secret a stack lacks, has in the clear, or has otherwise than the other", async () => {
    expect(await refused()).to.include(`${FIELD}stack primary has no ${KEY}; ${FIELD}stack standby has no ${KEY}`);
    await set("primary", SECRET);
    expect(await refused()).to.include(`${FIELD}stack standby has no ${KEY}`);
    await set("standby", SECRET, "--plaintext");
    expect(await refused()).to.include(`${FIELD}${KEY} of stack standby is not encrypted`);
    await set("standby", `${SECRET}, of before`);
    expect(await refused()).to.include(`${FIELD}${KEY} is not the same in the stacks primary and standby`);
  });
});
