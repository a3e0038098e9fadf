import { SimpleError } from "@redis/client";
import { expect } from "chai";
import { DatabaseError } from "pg";
import { AnsweredBefore, postgresSign, redisSign, signWords } from "../../../../drills/hosts/signs-of-life";

const system = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });
const answered = (code: string): Error => Object.assign(new DatabaseError("Worte", 5, "error"), { code });

describe("signs of life", () => {
  for (const code of ["53300", "28P01", "28000", "3D000", "57P01", "57P03", "55000", "XX000"]) {
    it(`PostgreSQL lives when it answers ${code}, in whatever language`, () => {
      expect(postgresSign(answered(code))).to.deep.equal({ sign: "lives", code });
    });
  }

  for (const [line, code] of [
    ["NOAUTH Authentication required.", "NOAUTH"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "WRONGPASS"],
    ["LOADING Redis is loading the dataset in memory", "LOADING"],
    ["BUSY Redis is busy running a script.", "BUSY"],
    ["MASTERDOWN Link with MASTER is down", "MASTERDOWN"],
    ["ERR max number of clients reached", "ERR"],
    ["words of no known shape", "no-code"],
  ] as const) {
    it(`Redis lives when it answers ${line}`, () => {
      expect(redisSign(new SimpleError(line))).to.deep.equal({ sign: "lives", code });
    });
  }

  for (const [name, signOf] of [
    ["PostgreSQL", postgresSign],
    ["Redis", redisSign],
  ] as const) {
    for (const code of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN"]) {
      it(`${name} is silent after ${code}`, () => {
        expect(signOf(system(code))).to.deep.equal({ sign: "silent" });
      });
    }

    for (const code of [
      "EMFILE",
      "ENFILE",
      "EADDRNOTAVAIL",
      "ENETUNREACH",
      "EACCES",
      "EPERM",
      "ENOTFOUND",
      "EAI_AGAIN",
      "ENOBUFS",
    ]) {
      it(`nothing is known of ${name} after ${code}, which is this machine's`, () => {
        expect(signOf(system(code))).to.deep.equal({ sign: "unknown", code });
      });
    }

    for (const code of [
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    ]) {
      it(`${name} lives when it refuses what it was shown: ${code}`, () => {
        expect(signOf(system(code))).to.deep.equal({ sign: "lives", code });
      });
    }

    for (const code of ["CERT_HAS_EXPIRED", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_SSL_WRONG_VERSION_NUMBER"]) {
      it(`nothing is known of ${name} after ${code}, which this machine says`, () => {
        expect(signOf(system(code))).to.deep.equal({ sign: "unknown", code });
      });
    }

    it(`${name} is silent when the time is up or the connection ends without a word, which have no code`, () => {
      for (const words of ["timeout expired", "Connection terminated unexpectedly", "no answer within 5000 ms"])
        expect(signOf(new Error(words)), words).to.deep.equal({ sign: "silent" });
      expect(signOf("thrown text")).to.deep.equal({ sign: "silent" });
    });

    it(`${name} lives when it has answered before the driver gave up`, () => {
      expect(signOf(new AnsweredBefore("SASL: unknown")).sign).to.equal("lives");
    });

    it(`${name} is silent at a name only when every address is`, () => {
      expect(signOf(new AggregateError([system("ECONNREFUSED"), system("ETIMEDOUT")])).sign).to.equal("silent");
      expect(signOf(new AggregateError([system("ECONNREFUSED"), system("ENETUNREACH")])).sign).to.equal("unknown");
    });
  }

  it("are told with the code that they were decided by", () => {
    const error = answered("53300");
    expect(signWords(postgresSign(error), error)).to.equal("lives, and lets nobody in: 53300: Worte");
  });
});
