import { rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import type { ExchangeStep } from "../../operator/certificates/exchange";
import { certificatesPair, doneTo, STACKS } from "../support/certificates-pair";

/** It needs no lab. */
describe("understudy certificates exchanges the CA in steps, each resumed after it was cut off between the two stacks", function () {
  this.timeout(300_000);
  this.slow(60_000);
  const certificates = certificatesPair();
  const { standIn, good, refusal, kept, authorities, servers } = certificates;

  before(async () => {
    await good(true);
  });

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
      `understudy certificates --env-config ${certificates.pair.file} --exchange-ca add --execute`,
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
    expect([half.phase, doneTo(half)]).to.deep.equal(["renewing", ["host-a kept", "host-b would be issued"]]);
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
