import { expect } from "chai";
import { DatabaseError } from "pg";
import { connectBy, type PostgresSession } from "../../../../drills/hosts/postgres";
import { PlainOnly, tlsOptions, waysTo } from "../../../../drills/hosts/postgres-encryption";
import { AnsweredBefore, postgresSign } from "../../../../drills/hosts/signs-of-life";
import { sampleEnvironment } from "../../components/sample";

const SHOWN = { ca: "ca", cert: "cert", key: "key" };
const SESSION = {} as unknown as PostgresSession;

function refused(code: string): DatabaseError {
  const error = new DatabaseError("refused", 7, "error");
  error.code = code;
  return error;
}

describe("the ways of our sessions to PostgreSQL", () => {
  it("are one, and plain, without certificates; both with them, the declared one first", () => {
    const ways = (encryption?: string, client: typeof SHOWN | undefined = SHOWN): unknown =>
      waysTo(sampleEnvironment(2, encryption === undefined ? {} : { encryption }), client);
    expect(waysTo(sampleEnvironment(2), undefined)).to.deep.equal([undefined]);
    for (const mode of [undefined, "used", "required"]) expect(ways(mode), mode).to.deep.equal([SHOWN, undefined]);
    for (const mode of ["plain", "accepted"]) expect(ways(mode), mode).to.deep.equal([undefined, SHOWN]);
  });

  interface Case {
    readonly what: string;
    readonly first: "encrypted" | "plain";
    readonly fails: Error;
    readonly isPlain?: boolean;
    readonly then: "the second way" | "its error";
    readonly asksHost?: boolean;
  }
  const CASES: readonly Case[] = [
    {
      what: "a server that does not encrypt, as its host says",
      first: "encrypted",
      fails: new PlainOnly("a", 1),
      isPlain: true,
      then: "the second way",
      asksHost: true,
    },
    {
      what: "a server that is said not to encrypt, and its host says otherwise",
      first: "encrypted",
      fails: new PlainOnly("a", 1),
      isPlain: false,
      then: "its error",
      asksHost: true,
    },
    {
      what: "a certificate that is not believed",
      first: "encrypted",
      fails: new AnsweredBefore("expired"),
      isPlain: true,
      then: "its error",
    },
    {
      what: "a server that is silent",
      first: "encrypted",
      fails: new Error("timeout"),
      isPlain: true,
      then: "its error",
    },
    {
      what: "a role that is not let in encrypted",
      first: "encrypted",
      fails: refused("28000"),
      isPlain: true,
      then: "its error",
    },
    { what: "a server that lets nobody in plain", first: "plain", fails: refused("28000"), then: "the second way" },
    { what: "a plain server that is starting", first: "plain", fails: refused("57P03"), then: "its error" },
  ];
  for (const { what, first, fails, isPlain = false, then, asksHost = false } of CASES) {
    it(`${what}: ${then}`, async () => {
      const ways = first === "plain" ? [undefined, SHOWN] : [SHOWN, undefined];
      const tried: unknown[] = [];
      let asked = false;
      const opened = connectBy(
        ways,
        (tls) => {
          tried.push(tls);
          return tried.length === 1 ? Promise.reject(fails) : Promise.resolve(SESSION);
        },
        () => {
          asked = true;
          return Promise.resolve(isPlain);
        },
      ).catch((error: unknown) => error);
      expect(await opened).to.equal(then === "its error" ? fails : SESSION);
      expect(tried).to.deep.equal(then === "its error" ? ways.slice(0, 1) : ways);
      expect(asked).to.equal(asksHost);
    });
  }

  it("check a certificate against the address itself, which the driver would not", () => {
    const { checkServerIdentity, ...rest } = tlsOptions(SHOWN, "203.0.113.1");
    expect(rest).to.deep.equal({ ...SHOWN, minVersion: "TLSv1.2", rejectUnauthorized: true });
    const certificate = (subjectaltname: string): never => ({ subject: { CN: "host-a" }, subjectaltname }) as never;
    const check = (names: string): Error | undefined => checkServerIdentity?.("localhost", certificate(names));
    expect(check("DNS:localhost, IP Address:203.0.113.1")).to.equal(undefined);
    expect(check("DNS:localhost, IP Address:203.0.113.2")).to.have.property("code", "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("say that a server lives that answered before encryption failed, with the code of why it did", () => {
    const cause = Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" });
    expect(postgresSign(new AnsweredBefore("expired", { cause }))).to.deep.equal({
      sign: "lives",
      code: "CERT_HAS_EXPIRED",
    });
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    expect(postgresSign(new AnsweredBefore("reset", { cause: reset })).sign).to.equal("lives");
    expect(postgresSign(new PlainOnly("203.0.113.1", 5432))).to.deep.equal({ sign: "lives", code: "no-code" });
  });
});
