import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { pairCertificates, type CertificatesOutcome } from "../../operator/certificates/certificates";
import type { ExchangeStep } from "../../operator/certificates/exchange";
import type { Finding } from "../../operator/doctor/finding";
import { stackFindings } from "../../operator/doctor/stack-findings";
import {
  parseAuthorities,
  parseCertificates,
  type Authorities,
  type StackCertificates,
} from "../../settings/certificates/stored";
import { UserError } from "../../settings/user-error";
import { PairOfStacks } from "../support/pair-of-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy, type CommandRun } from "../support/understudy-command";

/** As ssh to a host whose clock stands `$CLOCK` seconds off, or that does not answer; its last word is the command. */
const SSH = `#!/bin/sh
for last; do :; done
host=host-a; case "$*" in *b.example*) host=host-b ;; esac
clock=$(cat "$STAND_INS/$host")
[ "$clock" != silent ] || exit 255
case $last in date*) date -d "$clock seconds" +%s.%N ;; esac
`;

/** The engine; it notes its arguments, and fails while there is a mark, when a secret of stack \`standby\` is set. */
const PULUMI = `#!/bin/sh
printf '%s\\n' "$*" >>"$STAND_INS/arguments"
case "$*" in *"--secret"*standby*) [ ! -e "$STAND_INS/broken" ] || { echo 'error: the disk is full' >&2; exit 1; } ;; esac
exec "$REAL_PULUMI" "$@"
`;

const STACKS = ["primary", "standby"] as const;

describe("understudy certificates, through the real engine", function () {
  this.timeout(300_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  const standIn = (name: string): string => path.join(folder(), "stand-ins", name);
  let pair: PairOfStacks;
  let former = "";

  const clocks = (a: number | "silent", b: number | "silent"): void => {
    writeFileSync(standIn("host-a"), String(a));
    writeFileSync(standIn("host-b"), String(b));
  };

  before(async () => {
    mkdirSync(path.join(folder(), "stand-ins"));
    mkdirSync(path.join(folder(), "pair"));
    pair = new PairOfStacks(path.join(folder(), "pair"), `file://${path.join(folder(), "pair/state")}`);
    const environment = parseDocument(readFileSync(pair.file, "utf8"));
    environment.setIn(["hosts", "host-b", "docker"], "ssh://nobody@b.example:1");
    writeFileSync(pair.file, environment.toString());
    await pair.make();
    clocks(0, 0);
    for (const [name, script] of [
      ["ssh", SSH],
      ["pulumi", PULUMI],
    ] as const) {
      writeFileSync(standIn(name), script);
      chmodSync(standIn(name), 0o755);
    }
    const PATH = process.env["PATH"] ?? "";
    const real = PATH.split(":").find((one) => readable(one).includes("pulumi"));
    former = PATH;
    process.env["STAND_INS"] = path.join(folder(), "stand-ins");
    process.env["REAL_PULUMI"] = `${real ?? ""}/pulumi`;
    process.env["PATH"] = `${path.join(folder(), "stand-ins")}:${PATH}`;
  });
  after(() => {
    process.env["PATH"] = former;
    delete process.env["STAND_INS"];
    delete process.env["REAL_PULUMI"];
  });

  const readable = (one: string): readonly string[] => {
    try {
      return readdirSync(one);
    } catch {
      return [];
    }
  };
  const run = (...words: readonly string[]): Promise<CommandRun> =>
    understudy(folder(), "certificates", "--env-config", pair.file, ...words);
  const verb = (execute: boolean, step?: ExchangeStep): Promise<CertificatesOutcome> => {
    const options = { environment: pair.environment, environmentFile: pair.file, execute, step };
    return pairCertificates(options, () => undefined);
  };
  const good = async (execute: boolean, step?: ExchangeStep): Promise<CertificatesOutcome> => {
    const outcome = await verb(execute, step);
    expect(outcome.good).to.equal(true);
    return outcome;
  };
  const refusal = async (execute: boolean, step?: ExchangeStep): Promise<UserError> => {
    const thrown: unknown = await verb(execute, step).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (thrown instanceof UserError) return thrown;
    throw new Error(`it was not refused: ${String(thrown)}`);
  };
  const values = async (stack: string): Promise<Readonly<Record<string, { value?: string; secret: boolean }>>> =>
    JSON.parse((await pair.scratch.must("config", "--show-secrets", "--json", "--stack", stack)).out) as never;
  const kept = async (stack: string): Promise<StackCertificates | undefined> => {
    const entry = (await values(stack))["understudy:certificates"];
    if (entry !== undefined) expect(entry.secret).to.equal(true);
    return entry?.value === undefined ? undefined : parseCertificates(entry.value);
  };
  const authorities = async (): Promise<Authorities | undefined> =>
    parseAuthorities((await values("primary"))["understudy:caKey"]?.value ?? "");
  const serverOf = async (stack: string): Promise<string | undefined> =>
    (await kept(stack))?.leaves["server"]?.certificate;
  const servers = (): Promise<readonly (string | undefined)[]> => Promise.all(STACKS.map(serverOf));
  const done = ({ leaves }: CertificatesOutcome): readonly string[] => [
    ...new Set(leaves.map((one) => `${one.host} ${one.done}`)),
  ];

  it("is a dry run unless told otherwise, and changes nothing", async () => {
    const { code, out } = await run();
    expect(code).to.equal(0);
    expect(out).to.match(
      /^DRY RUN of certificates, prodlike: nothing was changed\n {2}state {5}no host has certificates\n {2}CA {8}would be: a CA for prodlike\n/,
    );
    expect(out).to.match(
      /host-b +understudy-front +- +would be issued: there is none\n {2}next: understudy certificates --env-config \S+ --execute\n$/,
    );
    expect(await kept("primary")).to.equal(undefined);
  });

  it("issues nothing while a host's clock is a year off, or none answers", async () => {
    clocks(0, 31_536_000);
    const ahead = await refusal(true);
    expect(ahead).to.include({ exitCode: 3 });
    expect(ahead.next).to.equal("on the one that is wrong: timedatectl set-ntp true; then understudy doctor");
    expect(ahead.message).to.match(
      /^the clock of host-b is 3153\d{4} s ahead of this machine's, at most 300 s: no certificate is issued/,
    );
    clocks("silent", "silent");
    expect(await refusal(true)).to.include({ exitCode: 3, next: "understudy doctor" });
    expect(await authorities()).to.equal(undefined);
  });

  it("a host that does not answer gets none, which is no success; the other one does", async () => {
    clocks(0, "silent");
    const { code, out } = await run("--execute");
    expect(code, out).to.equal(1);
    expect(out)
      .to.match(/^FAILED certificates, prodlike\n/)
      .and.to.match(/host-b +server +- +left out: there is none; its clock cannot be read: ssh ended with 255/);
    expect(out).to.match(/\n {2}next: understudy certificates --env-config \S+ --execute\n$/);
    expect(Object.keys((await kept("primary"))?.leaves ?? {})).to.have.length(7);
    expect(await kept("standby")).to.equal(undefined);
    clocks(0, 0);
  });

  it("goes on from there: what is there stays, and both hosts trust one CA", async () => {
    const first = await serverOf("primary");
    expect(done(await good(true))).to.deep.equal(["host-a kept", "host-b issued"]);
    expect(await serverOf("primary")).to.equal(first);
    expect((await kept("standby"))?.trust).to.deep.equal((await kept("primary"))?.trust);
    const again = await good(true);
    expect([done(again), again.phase, again.next]).to.deep.equal([["host-a kept", "host-b kept"], "steady", null]);
  });

  it("keeps the key of the CA in stack primary alone, and no key in a file, an argument, or what it prints", async () => {
    expect(Object.keys(await values("standby"))).to.not.include("understudy:caKey");
    const keys = [(await authorities())?.issuer?.key, ...STACKS.map(() => undefined)];
    for (const stack of STACKS) for (const { key } of Object.values((await kept(stack))?.leaves ?? {})) keys.push(key);
    const { out, err } = await run("--output", "json");
    const texts = [
      out,
      err.join("\n"),
      readFileSync(standIn("arguments"), "utf8"),
      ...STACKS.map((one) => readFileSync(pair.scratch.file(`Pulumi.${one}.yaml`), "utf8")),
    ];
    const parts = keys.flatMap((key) => key?.split("\n")[1] ?? []);
    expect(parts).to.have.length(15);
    for (const part of parts) expect(texts.some((text) => text.includes(part))).to.equal(false);
    expect(texts[2]).to.include("config set --secret understudy:certificates --stack standby");
  });

  it("a changed address renews that host's server alone", async () => {
    const before = await servers();
    const environment = parseDocument(readFileSync(pair.file, "utf8"));
    environment.setIn(["hosts", "host-b", "replication_address"], "192.168.40.99");
    writeFileSync(pair.file, environment.toString());
    const { leaves } = await good(true);
    expect(leaves.filter((one) => one.done === "issued").map(({ host, name, why }) => [host, name, why])).to.deep.equal(
      [["host-b", "server", "it does not stand for 192.168.40.99"]],
    );
    expect((await servers()).map((one, at) => one === before[at])).to.deep.equal([true, false]);
  });

  it("doctor knows when the first ends, and what is due", async () => {
    const certificates = async (): Promise<readonly Finding[]> =>
      (await stackFindings(pair.environment, pair.file)).filter(({ check }) => check === "certificates");
    const whole = await certificates();
    expect(whole.map(({ host, state }) => [host, state])).to.deep.equal([
      ["host-a", "good"],
      ["host-b", "good"],
    ]);
    expect(whole[0]?.detail).to.match(/^7, the first ends at \d{4}-/);
    const environment = readFileSync(pair.file, "utf8");
    writeFileSync(pair.file, environment.replace("192.168.40.99", "192.168.40.98"));
    const [, due] = await certificates();
    expect(due).to.deep.include({ state: "problem", fix: "understudy certificates --execute" });
    writeFileSync(pair.file, environment);
  });

  describe("exchanges the CA in steps, each resumed after it was cut off between the two stacks", () => {
    const broken = async (step: ExchangeStep): Promise<void> => {
      writeFileSync(standIn("broken"), "");
      const { message } = await refusal(true, step).finally(() => rmSync(standIn("broken")));
      expect(message).to.equal("understudy:certificates of stack standby was not written: the disk is full");
    };
    const trusted = async (): Promise<readonly (number | undefined)[]> =>
      Promise.all(STACKS.map(async (stack) => (await kept(stack))?.trust.length));
    let first: string | undefined;

    it("add: every host trusts both, and every certificate is as it was", async () => {
      first = (await authorities())?.issuer?.chain[0];
      const former = await servers();
      await broken("add");
      expect(await trusted()).to.deep.equal([2, 1]);
      const coming = (await authorities())?.next;
      expect((await refusal(true, "renew")).next).to.equal(
        `understudy certificates --env-config ${pair.file} --exchange-ca add --execute`,
      );
      const { phase, next } = await good(true, "add");
      expect([phase, await trusted()]).to.deep.equal(["added", [2, 2]]);
      expect(next).to.match(
        /^understudy up --execute; then, with both hosts up: understudy certificates .* --exchange-ca renew --execute$/,
      );
      expect((await authorities())?.next).to.deep.equal(coming);
      expect(await servers()).to.deep.equal(former);
    });

    it("renew: every certificate is the new one's, and both are trusted", async () => {
      const former = await servers();
      await broken("renew");
      expect((await servers()).map((one, at) => one === former[at])).to.deep.equal([false, true]);
      const half = await good(false);
      expect([half.phase, done(half)]).to.deep.equal(["renewing", ["host-a kept", "host-b would be issued"]]);
      const { phase } = await good(true, "renew");
      expect([phase, await trusted()]).to.deep.equal(["renewed", [2, 2]]);
      expect((await authorities())?.issuer?.chain[0]).to.not.equal(first);
      expect((await authorities())?.next).to.equal(null);
    });

    it("drop: the old one is trusted no more", async () => {
      await broken("drop");
      expect(await trusted()).to.deep.equal([1, 2]);
      const { phase, next } = await good(true, "drop");
      expect([phase, next, await trusted()]).to.deep.equal(["steady", null, [1, 1]]);
      expect((await kept("standby"))?.trust[0]).to.not.equal(first);
    });
  });

  it("refuses what is not encrypted or cannot be understood, by its key and with the way back", async () => {
    await pair.scratch.must("config", "set", "--stack", "standby", "--secret", "understudy:certificates", "{}");
    const odd = await refusal(false);
    expect(odd).to.include({
      exitCode: 2,
      message: "understudy:certificates of stack standby cannot be understood",
    });
    await pair.scratch.must("config", "set", "--stack", "standby", "--plaintext", "understudy:certificates", "{}");
    const plain = await refusal(false);
    expect(plain.exitCode).to.equal(2);
    expect(plain.message).to.match(/^understudy:certificates of stack standby is not encrypted: whoever has read/);
    await pair.scratch.must("config", "rm", "--stack", "standby", "understudy:certificates");
    expect(done(await good(true))).to.deep.equal(["host-a kept", "host-b issued"]);
  });
});
