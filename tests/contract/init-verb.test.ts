import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import type { InitOutcome } from "../../operator/init/init-pair";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy, type CommandRun } from "../support/understudy-command";

/** Hosts that nobody is at: port 1 of this machine. */
const HOSTS = [
  ...["--primary", "ssh://nobody@127.0.0.1:1", "--primary-replication-address", "192.168.40.11"],
  ...["--standby", "ssh://nobody@127.0.0.1:1", "--standby-replication-address", "192.168.40.12"],
];
const KEYS = [
  ...["environment", "host", "role", "rolesPassword", "postgresPassword", "replicationPassword"],
  ...["redisPassword", "grafanaPassword", "shopPassword"],
].map((key) => `understudy:${key}`);

describe("understudy init, through the real engine and without any host", function () {
  this.timeout(600_000);
  this.slow(120_000);
  toolsOnPath();
  const folder = temporaryFolder();
  const pair = (): string => path.join(folder(), "pair");
  const init = (...words: readonly string[]): Promise<CommandRun> =>
    understudy(folder(), "init", pair(), "--offline", ...words);
  const own = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(pair(), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => [name, readFileSync(path.join(pair(), name), "utf8")]),
    );
  const values = (stack: string): Readonly<Record<string, { value: string; secret: boolean }>> => {
    const words = ["config", "--show-secrets", "--json", "--stack", stack, "--non-interactive"];
    const { code, said } = inPair(() => runProgram("pulumi", "--cwd", pair(), ...words));
    expect(code, said).to.equal(0);
    return JSON.parse(said) as never;
  };

  /** As plain Pulumi works on the pair's stacks. */
  function inPair<T>(work: () => T): T {
    const before = { ...process.env };
    process.env["PULUMI_BACKEND_URL"] = `file://${pair()}/state`;
    process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] = `${pair()}/passphrase`;
    try {
      return work();
    } finally {
      process.env = before;
    }
  }

  it("refuses what is missing or wrong by its flag and field, and leaves no folder", async () => {
    const nothing = await init();
    expect([nothing.code, nothing.err.at(-1)]).to.deep.equal([2, "next: understudy init --help"]);
    expect(nothing.err[0]).to.match(/^error: nobody can be asked here, and these are missing: --primary, /);
    const wrong = await init(...HOSTS, "--name", "Prod!");
    expect(wrong.err[0]).to.match(/^error: environment\.yaml: name: lower-case letters/);
    expect(existsSync(pair())).to.equal(false);
    const ours = await understudy(path.resolve(__dirname, "../.."), "init", ".", "--offline", ...HOSTS);
    expect([ours.code, ours.err[0]]).to.match(/a folder of the program: an upgrade would meet your files there/);
  });

  it("makes environment file, project, both stacks and every secret, and prints none", async () => {
    const { code, out, err } = await init(...HOSTS, "--application", "shop", "--output", "json");
    expect(code, err.join("\n")).to.equal(0);
    const { files, stacks, skipped, next } = JSON.parse(out) as InitOutcome;
    expect(new Set(files.map(({ done }) => done))).to.deep.equal(new Set(["written"]));
    expect(stacks.map(({ stack, host, done }) => [stack, host, done])).to.deep.equal([
      ["primary", "host-a", "made"],
      ["standby", "host-b", "made"],
    ]);
    expect(skipped).to.have.length(1);
    expect(next).to.match(/^understudy init/);
    expect(statSync(path.join(pair(), "passphrase")).mode & 0o777).to.equal(0o600);
    const [primary, standby] = ["primary", "standby"].map(values);
    for (const config of [primary, standby]) expect(Object.keys(config ?? {})).to.include.members(KEYS);
    const secrets = KEYS.slice(3);
    for (const key of secrets) {
      expect(primary?.[key]).to.deep.include({ secret: true });
      expect(primary?.[key], key).to.deep.equal(standby?.[key]);
    }
    expect(new Set(secrets.map((key) => primary?.[key]?.value)).size, "each is another").to.equal(secrets.length);
    const clear = secrets.map((key) => primary?.[key]?.value ?? key);
    const texts = [out, ...err, ...Object.values(own())];
    expect(clear.filter((value) => texts.some((text) => text.includes(value)))).to.deep.equal([]);
  });

  it("changes nothing when it runs again, and refuses flags that say something else", async () => {
    const before = own();
    const { code, out } = await init();
    expect(code, out).to.equal(0);
    expect(out)
      .to.match(/was there +environment\.yaml/)
      .and.match(/was there +stack primary +host-a; no secret was missing/);
    const other = await init("--name", "other");
    expect([other.code, other.err.find((line) => line.startsWith("error"))]).to.deep.equal([
      2,
      "error: --name other, and name of environment.yaml is pair",
    ]);
    expect(own()).to.deep.equal(before);
  });

  it("finishes what was cut off: a file that is missing, a secret that one stack lacks", async () => {
    const file = path.join(pair(), "Pulumi.standby.yaml");
    const { "understudy:redisPassword": kept } = values("primary");
    const document = parseDocument(readFileSync(file, "utf8"));
    document.deleteIn(["config", "understudy:redisPassword"]);
    writeFileSync(file, document.toString());
    rmSync(path.join(pair(), ".gitignore"));
    const { code, out } = await init();
    expect(code, out).to.equal(0);
    expect(out)
      .to.match(/written +\.gitignore/)
      .and.match(/was there +stack standby +host-b; 1 secrets put in/);
    expect(values("standby")["understudy:redisPassword"]).to.deep.equal(kept);
  });

  it("shows its environment with where each value comes from", async () => {
    const { code, out } = await understudy(pair(), "environment", "show");
    expect(code, out).to.equal(0);
    expect(out).to.include("host-b").and.include("192.168.40.12");
  });

  it("is what up reads from that folder: it fails at the host, which is not there", async () => {
    const { code, out, err } = await understudy(pair(), "up");
    expect(code, out).to.equal(1);
    expect(err.join("\n")).to.match(/error: host-[ab]: its engine does not answer: .*\nnext: understudy doctor/);
  });

  it("is the project of plain Pulumi, whose program is this one: it fails at the host too", () => {
    const { code, said } = inPair(() =>
      runProgram("pulumi", "--cwd", pair(), "preview", "--stack", "primary", "--non-interactive"),
    );
    expect(code).to.not.equal(0);
    expect(said)
      .to.match(/host-a/)
      .and.not.match(/is not set|cannot be read/);
  });

  it("makes no other passphrase where the secrets of one are there, and takes no stack that is another pair's", async () => {
    const passphrase = readFileSync(path.join(pair(), "passphrase"), "utf8");
    rmSync(path.join(pair(), "passphrase"));
    const lost = await init();
    writeFileSync(path.join(pair(), "passphrase"), passphrase, { mode: 0o600 });
    expect([lost.code, lost.err.at(-1)]).to.deep.equal([
      2,
      "next: put the file back from your copy: another passphrase opens nothing",
    ]);
    const second = path.join(folder(), "second");
    mkdirSync(second);
    const words = ["init", "--offline", ...HOSTS, "--backend", `file://${pair()}/state`];
    const taken = await understudy(second, ...words);
    expect(taken.code).to.equal(3);
    expect(taken.err.find((line) => line.startsWith("error"))).to.match(/has a stack primary .* it is another pair's$/);
  });

  it("says what of a half-written environment file is wrong, and changes nothing", async () => {
    const file = path.join(pair(), "environment.yaml");
    const whole = readFileSync(file, "utf8");
    const before = own();
    for (const [text, words] of [
      [whole.slice(0, whole.indexOf("services:")), /environment\.yaml: services: is missing/],
      [`${whole}\nhosts: {`, /environment\.yaml is not YAML: /],
    ] as const) {
      writeFileSync(file, text);
      const { code, err } = await init();
      expect(code).to.equal(2);
      expect(err.join("\n")).to.match(words);
    }
    writeFileSync(file, whole);
    expect(own()).to.deep.equal(before);
  });
});
