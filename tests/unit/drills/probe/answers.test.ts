import { expect } from "chai";
import { DatabaseError } from "pg";
import { ErrorReply } from "@redis/client";
import { classifyPostgresError } from "../../../../drills/probe/postgres-connection";
import { classifyRedisError } from "../../../../drills/probe/redis-connection";

function databaseError(severity: string, code: string): DatabaseError {
  return Object.assign(new DatabaseError("as the server says", 0, "error"), { severity, code });
}

const POSTGRES: readonly [severity: string, code: string, outcome: "r" | "i", why: string][] = [
  ["ERROR", "25006", "r", "a standby refuses before it writes"],
  ["ERROR", "42P01", "r", "there is no journal table"],
  ["ERROR", "42501", "r", "the role may not write"],
  ["ERROR", "53100", "r", "the disk is full and the transaction is rolled back"],
  ["PANIC", "53100", "i", "the disk was full while WAL was written"],
  ["FATAL", "25006", "i", "a session's end says nothing of the statement"],
  ["FATAL", "57P01", "i", "the session was ended, perhaps after the commit"],
  ["FATAL", "57P02", "i", "the server crashed"],
  ["ERROR", "57014", "i", "cancelled: not listed as certain"],
  ["ERROR", "XX000", "i", "an internal error proves nothing"],
];

const REDIS: readonly [reply: string, outcome: "r" | "i"][] = [
  ["READONLY You can't write against a read only replica.", "r"],
  ["LOADING Redis is loading the dataset in memory", "r"],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "r"],
  ["NOREPLICAS Not enough good replicas to write.", "r"],
  ["MISCONF Redis is configured to save RDB snapshots", "r"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "r"],
  ["NOAUTH Authentication required.", "r"],
  ["UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", "i"],
  ["ERR something else", "i"],
  ["readonly in lower case is not the error", "i"],
];

describe("what a PostgreSQL error says about a sent INSERT", () => {
  for (const [severity, code, outcome, why] of POSTGRES) {
    it(`${severity} ${code} is "${outcome}": ${why}`, () => {
      expect(classifyPostgresError(databaseError(severity, code))).to.equal(outcome);
    });
  }

  it("a lost connection is indeterminate, even when its text looks like a refusal", () => {
    expect(classifyPostgresError(new Error("Connection terminated unexpectedly"))).to.equal("i");
    expect(classifyPostgresError(Object.assign(new Error("x"), { code: "25006", severity: "ERROR" }))).to.equal("i");
  });
});

describe("what a Redis error says about a sent XADD", () => {
  for (const [reply, outcome] of REDIS) {
    it(`-${reply.split(" ", 1)[0] ?? ""} is "${outcome}"`, () => {
      expect(classifyRedisError(new ErrorReply(reply))).to.equal(outcome);
    });
  }

  it("a lost connection is indeterminate, even when its text looks like a refusal", () => {
    expect(classifyRedisError(new Error("Socket closed unexpectedly"))).to.equal("i");
    expect(classifyRedisError(new Error("READONLY"))).to.equal("i");
  });
});
