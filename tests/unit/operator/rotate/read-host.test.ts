import { expect } from "chai";
import { filesHave, type FoundFile } from "../../../../operator/rotate/read-host";
import {
  postgresAccounts,
  redisAccounts,
  ROTATED_NAMES,
  valueOf,
  witnesses,
  type Witness,
} from "../../../../operator/rotate/secrets";
import type { Credentials } from "../../../../settings/credentials";
import { exchangedNow } from "../../../../settings/exchanged";

const OLD: Credentials = { postgres: "p", roles: "r", replication: "s", redis: "x", grafana: "g" };
const derived: Credentials = { postgres: "p", replication: "s", redis: "x", grafana: "g" };
const NEW: Credentials = { ...OLD, redis: "y" };
const WITNESS: Witness = { container: "redis", file: "redis", password: ({ redis }) => redis };
const found = (now: string | null, before: string | null = null): FoundFile => ({ witness: WITNESS, now, before });

describe("who has which value of a secret", () => {
  const sides = { old: OLD, fresh: NEW };
  it("is told by a host's files: all of them", () => {
    expect(filesHave([found("x")], sides)).to.equal("old");
    expect(filesHave([found("y")], sides)).to.equal("new");
    expect(filesHave([found("y", "x")], sides)).to.equal("both");
    expect(filesHave([found("y", "x"), found("x")], sides)).to.equal("other");
    expect(filesHave([found("y", "z")], sides)).to.equal("other");
    expect(filesHave([found(null)], sides)).to.equal("other");
    expect(filesHave([], sides)).to.equal("other");
    // Nobody knows the former one any more, or the new one yet.
    expect(filesHave([found("y", "anything")], { old: null, fresh: NEW })).to.equal("both");
    expect(filesHave([found("x")], { old: OLD, fresh: null })).to.equal("old");
  });

  it("is looked for where the secret goes, and nowhere else", () => {
    for (const name of ROTATED_NAMES) {
      const accounts = [...postgresAccounts(name, OLD), ...redisAccounts(name, OLD)];
      const elsewhere = name === "grafana" || name === "backup";
      expect(accounts.length === 0, name).to.equal(elsewhere);
      expect(witnesses(name, OLD, true), name).to.not.be.empty;
      expect(witnesses(name, OLD, false).some(({ container }) => container === "backup")).to.equal(false);
    }
    expect(postgresAccounts("superuser", OLD).map((one) => one.name)).to.deep.equal(["postgres"]);
    // Where our accounts have no secret of their own, theirs are derived from the superuser's.
    expect(postgresAccounts("superuser", derived)).to.have.length(6);
    expect(redisAccounts("superuser", derived)).to.have.length(7);
    expect(valueOf("roles", derived)).to.equal("p");
  });

  it("is what the containers are given: names of those that are exchanged, no value", () => {
    expect(exchangedNow(OLD)).to.deep.equal([]);
    expect(exchangedNow({ ...OLD, before: { roles: "q", redis: "z" } })).to.deep.equal(["own", "redis"]);
    expect(exchangedNow({ ...OLD, before: { grafana: "q", backup: "z" } })).to.deep.equal(["grafana", "backup"]);
    expect(exchangedNow({ ...derived, before: { postgres: "o" } })).to.deep.equal(["postgres", "own"]);
    expect(exchangedNow({ ...OLD, before: { postgres: "o" } })).to.deep.equal(["postgres"]);
  });
});
