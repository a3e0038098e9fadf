import { expect } from "chai";
import { createHash } from "node:crypto";
import {
  OWN_REDIS_USER_NAMES,
  ownRedisPassword,
  REDIS_RIGHTS,
  redisUsersFile,
} from "../../../settings/own-redis-users";
import { ownPassword, probeCredentials } from "../../../settings/own-roles";

const CREDENTIALS = { postgres: "super", redis: 'a "word" with blanks' };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("the users of Redis with which our sessions log in", () => {
  it("have passwords of their own, derived from the one that the roles' are, and no other account has one of them", () => {
    const passwords = OWN_REDIS_USER_NAMES.map((user) => ownRedisPassword(CREDENTIALS, user));
    expect(new Set(passwords).size).to.equal(OWN_REDIS_USER_NAMES.length);
    for (const one of passwords) expect(one).to.match(/^[A-Za-z0-9_-]{43}$/);
    expect(ownRedisPassword(CREDENTIALS, "understudy_drill")).to.not.equal(
      ownPassword(CREDENTIALS, "understudy_drill"),
    );
    expect(ownRedisPassword({ ...CREDENTIALS, roles: "r" }, "understudy_drill")).to.not.equal(passwords[0]);
  });

  it("are given to a server as digests, behind `default` with its password and no way in without one", () => {
    const lines = redisUsersFile(CREDENTIALS).split("\n").filter(Boolean);
    expect(lines[0]).to.equal(`user default on #${sha256(CREDENTIALS.redis)} ~* &* +@all`);
    expect(lines.slice(1).map((line) => line.split(" ")[1])).to.deep.equal(OWN_REDIS_USER_NAMES);
    for (const line of lines)
      expect(line)
        .to.match(/^user \S+ on #[0-9a-f]{64} /)
        .and.not.match(/nopass|>/);
    for (const line of lines.slice(1)) expect(line).to.contain(" resetchannels -@all ");
    for (const user of OWN_REDIS_USER_NAMES) expect(lines.join()).to.not.contain(ownRedisPassword(CREDENTIALS, user));
  });

  it("may nothing that gives rights, empties a server or loads code, and only the drill sees applications' keys", () => {
    const all = REDIS_RIGHTS.flatMap(({ rules }) => rules);
    expect(
      all.filter((rule) => /@|flush|debug|module\|load|function|keys$|acl\|(setuser|load|save)/.test(rule)),
    ).to.deep.equal([]);
    const keys = REDIS_RIGHTS.flatMap(({ user, rules }) =>
      rules.filter((rule) => !rule.startsWith("+")).map((rule) => `${user} ${rule}`),
    );
    expect(keys).to.have.members([
      "understudy_drill %R~*",
      "understudy_probe ~understudy:events",
      "understudy_probe %R~understudy:pruned",
      "understudy_guard ~understudy:identity",
      "understudy_guard ~understudy:events",
      "understudy_guard ~understudy:pruned",
    ]);
  });

  it("are the probe's, with `default`'s password for a server of before", () => {
    expect(probeCredentials(CREDENTIALS)).to.include({
      redisUser: "understudy_probe",
      redis: ownRedisPassword(CREDENTIALS, "understudy_probe"),
      redisBefore: CREDENTIALS.redis,
    });
  });
});
