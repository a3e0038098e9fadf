import { expect } from "chai";
import { connectPostgres } from "../../../../drills/hosts/postgres";
import { connectRedis } from "../../../../drills/hosts/redis";
import { postgresSign, redisSign } from "../../../../drills/hosts/signs-of-life";
import { startMuteMachine, type MuteMachine } from "../../../support/mute-machine";

describe("a machine that says nothing to whoever connects", function () {
  this.timeout(30_000);
  this.slow(20_000);
  let machine: MuteMachine;
  before(async () => {
    machine = await startMuteMachine();
  });
  after(() => machine.end());

  const attempts = (): number =>
    process.getActiveResourcesInfo().filter((one) => /^(TCPConnectWrap|TCPSocketWrap|TLSWrap)$/.test(one)).length;

  for (const [name, open, sign] of [
    ["PostgreSQL", (to: Target) => connectPostgres({ ...to, password: "x" }), postgresSign],
    ["Redis", (to: Target) => connectRedis({ ...to, password: "x" }), redisSign],
    [
      "Redis, encrypted",
      (to: Target) => connectRedis({ ...to, password: "x", tls: { ca: "", cert: "", key: "" } }),
      redisSign,
    ],
  ] as const)
    it(`is silent as ${name} within seconds, and nothing of the attempt stays`, async () => {
      const before = attempts();
      const began = performance.now();
      const error = await open({ address: "127.0.0.1", port: machine.port }).then(
        () => expect.fail("it has answered"),
        (reason: unknown) => reason,
      );
      expect(performance.now() - began).to.be.above(2500);
      expect(sign(error)).to.deep.equal({ sign: "silent" });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(attempts()).to.be.at.most(before);
    });
});

interface Target {
  readonly address: string;
  readonly port: number;
}
