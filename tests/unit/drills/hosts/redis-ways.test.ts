import { ErrorReply } from "@redis/client";
import { expect } from "chai";
import type { RedisSession } from "../../../../drills/hosts/redis";
import { connectRedisBy, followPort, redisWaysTo } from "../../../../drills/hosts/redis-encryption";
import { sampleEnvironment } from "../../components/sample";

const SHOWN = { ca: "ca", cert: "cert", key: "key" };
const SESSION = {} as unknown as RedisSession;
const PLAIN = { port: 16379 };
const ENCRYPTED = { port: 6380, tls: SHOWN };

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("the ways of our sessions to Redis", () => {
  it("are one, and plain, without certificates and in mode plain; both otherwise, the declared one first", () => {
    const ways = (encryption?: string): unknown =>
      redisWaysTo(sampleEnvironment(2, encryption === undefined ? {} : { encryption }), SHOWN);
    expect(redisWaysTo(sampleEnvironment(2), undefined)).to.deep.equal([PLAIN]);
    expect(ways("plain")).to.deep.equal([PLAIN]);
    expect(ways("accepted")).to.deep.equal([PLAIN, ENCRYPTED]);
    for (const mode of [undefined, "used", "required"]) expect(ways(mode), mode).to.deep.equal([ENCRYPTED, PLAIN]);
  });

  interface Case {
    readonly what: string;
    readonly first: "encrypted" | "plain";
    readonly fails: Error;
    readonly isPlain?: boolean;
    readonly second?: Error;
    readonly then: "the second way" | "its error" | "the second's error";
  }
  const CASES: readonly Case[] = [
    ...([true, false] as const).map((isPlain): Case => ({
      what: `nothing listens, and its host says that it ${isPlain ? "does not encrypt" : "does"}`,
      ...{ first: "encrypted", fails: coded("ECONNREFUSED"), isPlain },
      then: isPlain ? "the second way" : "its error",
    })),
    ...["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID"].map((code): Case => ({
      what: `a certificate that is not believed: ${code}`,
      ...{ first: "encrypted", fails: coded(code), isPlain: true, then: "its error" },
    })),
    {
      what: "a server that lets nobody in",
      ...{ first: "encrypted", fails: new ErrorReply("WRONGPASS no"), isPlain: true, then: "its error" },
    },
    { what: "a server that is silent", first: "encrypted", fails: new Error("late"), isPlain: true, then: "its error" },
    { what: "a plain port that is closed", first: "plain", fails: coded("ECONNREFUSED"), then: "the second way" },
    {
      what: "a plain port that is closed beside a certificate that is not believed",
      ...{
        first: "plain",
        fails: coded("ECONNREFUSED"),
        second: coded("CERT_HAS_EXPIRED"),
        then: "the second's error",
      },
    },
    {
      what: "a host that is plain, as it says, and silent",
      ...{
        first: "encrypted",
        fails: coded("ECONNREFUSED"),
        isPlain: true,
        second: coded("ETIMEDOUT"),
        then: "its error",
      },
    },
  ];
  for (const { what, first, fails, isPlain = false, second, then } of CASES) {
    it(`${what}: ${then}`, async () => {
      const ways = first === "encrypted" ? [ENCRYPTED, PLAIN] : [PLAIN, ENCRYPTED];
      const outcome = connectRedisBy(
        ways,
        (way) => {
          const error = way === ways[0] ? fails : second;
          return error === undefined ? Promise.resolve(SESSION) : Promise.reject(error);
        },
        () => Promise.resolve(isPlain),
      );
      const got = await outcome.catch((error: unknown) => error);
      expect(got).to.equal(then === "the second way" ? SESSION : then === "its error" ? fails : second);
    });
  }

  it("a server follows by the port of its own kind of replication", async () => {
    const saying = (said: unknown): Promise<number> =>
      followPort({ command: () => Promise.resolve(said) }, sampleEnvironment(2));
    expect(await saying(["tls-replication", "yes"])).to.equal(6380);
    expect(await saying(["tls-replication", "no"])).to.equal(16379);
    expect(await saying([])).to.equal(16379);
  });
});
