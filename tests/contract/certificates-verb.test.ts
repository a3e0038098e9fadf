import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parseDocument } from "yaml";
import type { Finding } from "../../operator/doctor/finding";
import { stackFindings } from "../../operator/doctor/stack-findings";
import { certificatesPair, doneTo, STACKS } from "../support/certificates-pair";

describe("understudy certificates, through the real engine", function () {
  this.timeout(300_000);
  this.slow(60_000);
  const certificates = certificatesPair();
  const { standIn, clocks, run, good, refusal, values, kept, authorities, serverOf, servers } = certificates;

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
    expect(doneTo(await good(true))).to.deep.equal(["host-a kept", "host-b issued"]);
    expect(await serverOf("primary")).to.equal(first);
    expect((await kept("standby"))?.trust).to.deep.equal((await kept("primary"))?.trust);
    const again = await good(true);
    expect([doneTo(again), again.phase, again.next]).to.deep.equal([["host-a kept", "host-b kept"], "steady", null]);
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
      ...STACKS.map((one) => readFileSync(certificates.pair.scratch.file(`Pulumi.${one}.yaml`), "utf8")),
    ];
    const parts = keys.flatMap((key) => key?.split("\n")[1] ?? []);
    expect(parts).to.have.length(15);
    for (const part of parts) expect(texts.some((text) => text.includes(part))).to.equal(false);
    expect(texts[2]).to.include("config set --secret understudy:certificates --stack standby");
  });

  it("a changed address renews that host's server alone", async () => {
    const before = await servers();
    const environment = parseDocument(readFileSync(certificates.pair.file, "utf8"));
    environment.setIn(["hosts", "host-b", "replication_address"], "192.168.40.99");
    writeFileSync(certificates.pair.file, environment.toString());
    const { leaves } = await good(true);
    expect(leaves.filter((one) => one.done === "issued").map(({ host, name, why }) => [host, name, why])).to.deep.equal(
      [["host-b", "server", "it does not stand for 192.168.40.99"]],
    );
    expect((await servers()).map((one, at) => one === before[at])).to.deep.equal([true, false]);
  });

  it("doctor knows when the first ends, and what is due", async () => {
    const expiring = async (): Promise<readonly Finding[]> =>
      (await stackFindings(certificates.pair.environment, certificates.pair.file)).filter(
        ({ check }) => check === "certificates",
      );
    const whole = await expiring();
    expect(whole.map(({ host, state }) => [host, state])).to.deep.equal([
      ["host-a", "good"],
      ["host-b", "good"],
    ]);
    expect(whole[0]?.detail).to.match(/^7, the first ends at \d{4}-/);
    const environment = readFileSync(certificates.pair.file, "utf8");
    writeFileSync(certificates.pair.file, environment.replace("192.168.40.99", "192.168.40.98"));
    const [, due] = await expiring();
    expect(due).to.deep.include({ state: "problem", fix: "understudy certificates --execute" });
    writeFileSync(certificates.pair.file, environment);
  });

  it("refuses what is not encrypted or cannot be understood, by its key and with the way back", async () => {
    await certificates.pair.scratch.must(
      "config",
      "set",
      "--stack",
      "standby",
      "--secret",
      "understudy:certificates",
      "{}",
    );
    const odd = await refusal(false);
    expect(odd).to.include({
      exitCode: 2,
      message: "understudy:certificates of stack standby cannot be understood",
    });
    await certificates.pair.scratch.must(
      "config",
      "set",
      "--stack",
      "standby",
      "--plaintext",
      "understudy:certificates",
      "{}",
    );
    const plain = await refusal(false);
    expect(plain.exitCode).to.equal(2);
    expect(plain.message).to.match(/^understudy:certificates of stack standby is not encrypted: whoever has read/);
    await certificates.pair.scratch.must("config", "rm", "--stack", "standby", "understudy:certificates");
    expect(doneTo(await good(true))).to.deep.equal(["host-a kept", "host-b issued"]);
  });
});
