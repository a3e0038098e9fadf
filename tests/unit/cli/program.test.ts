import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { CommanderError, type Command } from "commander";
import { expect } from "chai";
import { ENVIRONMENT_VARIABLES } from "../../../cli/reference";
import { understudyProgram } from "../../../cli/program";

const ROOT = path.resolve(__dirname, "../../..");

function helpOf(program: Command): string {
  let help = "";
  program.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false });
  program.outputHelp();
  return help;
}

/** The environment variables that what runs for an operator reads, but for those that every program has. */
function variablesRead(): readonly string[] {
  const files = globSync("{cli,operator,drills,settings,evidence}/**/*.ts", { cwd: ROOT });
  const texts = [...files, "toolchain/environment.sh"].map((file) => readFileSync(path.join(ROOT, file), "utf8"));
  const read = texts.flatMap((text) =>
    [...text.matchAll(/process\.env\["([A-Z_]+)"\]|\$\{(UNDERSTUDY_[A-Z_]+):-/g)].map(
      ([, one, other]) => one ?? other ?? "",
    ),
  );
  return [...new Set(read)].filter((name) => !["PATH", "HOME"].includes(name));
}

describe("the understudy command", () => {
  it("has every verb in a group that an operator thinks in", () => {
    const groups = new Map<string, string[]>();
    for (const verb of understudyProgram().commands)
      groups.set(verb.helpGroup(), [...(groups.get(verb.helpGroup()) ?? []), verb.name()]);
    expect(Object.fromEntries(groups)).to.deep.equal({
      "Bring a pair up, take it down:": ["init", "up", "down", "settings", "certificates", "rotate"],
      "Exchange the roles:": ["switchover", "failover", "drill", "drills", "probe"],
      "Look:": ["status", "health", "notify", "environment", "doctor"],
      "Repair:": ["rejoin", "settle", "release", "salvage", "backup"],
      "Judge the evidence:": ["verify", "report", "accept", "history"],
      "Work on Understudy itself:": ["lab", "requirements"],
      "The command line:": ["completion"],
    });
  });

  it("shows the groups, and no verb outside of them", () => {
    const help = helpOf(understudyProgram());
    expect(help.match(/^[A-Z][A-Za-z ,]*:$/gm)).to.deep.equal([
      "Options:",
      "Bring a pair up, take it down:",
      "Exchange the roles:",
      "Look:",
      "Repair:",
      "Judge the evidence:",
      "Work on Understudy itself:",
      "The command line:",
      "Environment variables:",
    ]);
    expect(help).to.match(/^ {2}help \[verb\]/m);
  });

  it("lists every environment variable that it reads", () => {
    const listed = Object.keys(ENVIRONMENT_VARIABLES);
    expect(variablesRead()).to.include.members(["UNDERSTUDY_CACHE", "UNDERSTUDY_ENV_CONFIG", "NO_COLOR"]);
    expect(listed).to.include.members([...variablesRead()]);
    for (const [name, marked] of Object.entries(ENVIRONMENT_VARIABLES)) {
      const meaning = marked.replaceAll("`", "");
      expect(helpOf(understudyProgram())).to.match(new RegExp(`^ {2}${name} +${meaning.slice(0, 20)}`, "m"));
    }
  });

  it("loads the one verb that was named, and all of them for anything else", () => {
    expect(understudyProgram("verify").commands.map((verb) => verb.name())).to.deep.equal(["verify"]);
    expect(understudyProgram("--version").commands).to.deep.equal([]);
    expect(understudyProgram("nothing").commands.length).to.equal(understudyProgram().commands.length);
  });
});

describe("switchover and failover", () => {
  const verb = (name: string): Command => understudyProgram(name).commands[0]!;
  const flags = (name: string): readonly (readonly [string, unknown])[] =>
    verb(name).options.map(({ flags: words, defaultValue }) => [words, defaultValue as unknown]);

  it("are one drill: failover takes what switchover takes, and what belongs to a primary that is gone", () => {
    const only = flags("failover").filter(([words]) => flags("switchover").every(([other]) => other !== words));
    expect(only.map(([words]) => words)).to.deep.equal([
      "--unplanned",
      "--accept-unfenced <reason>",
      "--accept-loss <how-you-know>",
      "--fence-live-primary",
      "--standing-probe <socket>",
    ]);
    expect(flags("failover")).to.include.deep.members([...flags("switchover")]);
  });

  it("switchover takes no unplanned drill", () => {
    const refused = verb("switchover")
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    expect(() => refused.parse(["--unplanned"], { from: "user" })).to.throw(
      CommanderError,
      "unknown option '--unplanned'",
    );
  });
});
