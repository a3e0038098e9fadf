import { expect } from "chai";
import { scramVerifier } from "../../../../drills/bootstrap/scram";
import { applicationSecret, digestsHave, digestsOf, verifierHas } from "../../../../operator/rotate/application";
import { applicationValues, type ApplicationStack } from "../../../../operator/rotate/application-values";
import type { Values } from "../../../../operator/rotate/values";
import { formerDigests, sha256, UNKNOWN_DIGEST } from "../../../../settings/application-secrets";
import { applicationRedisUsers } from "../../../../settings/application-redis-users";
import { applicationsSchema } from "../../../../settings/applications";
import { UserError } from "../../../../settings/user-error";
import { sampleEnvironment } from "../../components/sample";

type Short = readonly [current?: string, former?: string];
const [X, Y, Z] = ["x-value", "y-value", "z-value"] as const;

/** What is found where the primary's PostgreSQL has `told`, and the files of both hosts these digests. */
const of = (a: Short, b: Short, told: string, files: readonly string[] = [], given?: string): Values =>
  applicationValues(
    [a, b].map(([current, former], at): ApplicationStack => ({ stack: `s${at}`, current, former })),
    { key: "shopPassword", given, digests: files.map(sha256), isTold: (one) => one === told },
  );

describe("the password of an application that is exchanged", () => {
  const KNOWN: Readonly<Record<string, readonly [Values, Values]>> = {
    "nothing has begun": [of([X], [X], X, [X]), { old: sha256(X), fresh: null }],
    "nothing has begun, without a user of Redis": [of([X], [X], X), { old: sha256(X), fresh: null }],
    "the operator has one": [of([X], [X], X, [X], Y), { old: sha256(X), fresh: Y }],
    "one stack has noted that it begins": [of([X, sha256(X)], [X], X, [X]), { old: sha256(X), fresh: null }],
    "one stack has the new one": [of([Y, sha256(X)], [X, sha256(X)], X, [X]), { old: sha256(X), fresh: Y }],
    "both have it, and one host's files": [of([Y, sha256(X)], [Y, sha256(X)], X, [X, Y]), { old: sha256(X), fresh: Y }],
    "one stack has forgotten the former one": [of([Y], [Y, sha256(X)], Y, [X, Y]), { old: sha256(X), fresh: Y }],
    "both have, and the files have not": [of([Y], [Y], Y, [X, Y]), { old: sha256(X), fresh: Y }],
    "the config alone was changed": [of([Y], [Y], X, [X]), { old: sha256(X), fresh: Y }],
    "the config alone was changed, and no file has it": [of([Y], [Y], X), { old: UNKNOWN_DIGEST, fresh: Y }],
  };
  for (const [what, [values, wanted]] of Object.entries(KNOWN))
    it(`is known where ${what}`, () => expect(values).to.deep.equal(wanted));

  const REFUSED: Readonly<Record<string, readonly [() => Values, string]>> = {
    "stacks that have two": [() => of([X], [Y], X, [X]), "not the same"],
    "stacks of which one has none": [() => of([X], [], X, [X]), "not the same"],
    "stacks that have two new ones": [() => of([Y, sha256(X)], [Z, sha256(X)], X), "not the same"],
    "stacks that keep two digests": [() => of([Y, sha256(X)], [Y, sha256(Z)], X), "of the former one"],
    "another value on its way": [() => of([Y, sha256(X)], [Y, sha256(X)], X, [X], Z), "on its way"],
    "the value that is there": [() => of([X], [X], X, [X], X), "the password that the application has"],
    "no value at all": [() => of([], [], X), "no stack has one"],
  };
  for (const [what, [work, words]] of Object.entries(REFUSED)) {
    it(`is refused of ${what}, and no value is told`, () => {
      expect(work)
        .to.throw(UserError, words)
        .that.satisfies((error: UserError) => !`${error.message} ${error.next}`.includes("-value"));
    });
  }

  it("is told by digests and by the verifier of the role", () => {
    const values = { old: sha256(X), fresh: Y };
    const has = (...all: readonly string[]): string => digestsHave(all.map(sha256), values);
    expect([has(X), has(X, Y), has(Y), has(), has(Z)]).to.deep.equal(["old", "both", "new", "other", "old"]);
    expect(digestsHave(undefined, values)).to.equal("unknown");
    expect(digestsHave([sha256(X)], { ...values, fresh: null })).to.equal("old");
    expect(digestsHave([sha256(Z)], { ...values, fresh: null })).to.equal("other");
    expect([verifierHas(scramVerifier(Y), values), verifierHas(scramVerifier(X), values)]).to.deep.equal([
      "new",
      "old",
    ]);
    expect([verifierHas(null, values), verifierHas(undefined, values)]).to.deep.equal(["other", "unknown"]);
    expect(
      digestsOf("shop", [`user shopper on #${sha256(Z)}`, `user shop on #${sha256(X)} #${sha256(Y)} ~*`]),
    ).to.deep.equal([sha256(X), sha256(Y)]);
  });

  const applications = applicationsSchema.parse({
    shop: { password: "shopPassword", redis: { keys: ["shop:*"] } },
    group: {},
    plain: { password: "plainPassword" },
  });

  it("is beside the former one in what Redis is told, as digests alone", () => {
    const former = formerDigests(applications, (key) => (key === "shopPasswordBefore" ? sha256(X) : undefined));
    const lines = applicationRedisUsers(applications, new Map([["shop", Y]]), former);
    expect(digestsOf("shop", lines)).to.deep.equal([sha256(Y), sha256(X)]);
    expect(formerDigests(applications, () => UNKNOWN_DIGEST).size).to.equal(0);
    expect(formerDigests(applications, () => X).size).to.equal(0);
    expect(applicationsSchema.safeParse({ shop: { password: "shopPasswordBefore" } }).success).to.equal(false);
  });

  it("is kept for clients where the store takes two, and is not of what is not declared", () => {
    const environment = { ...sampleEnvironment(2), applications };
    expect(applicationSecret("shop", environment)).to.include({
      ...{ word: "application shop", key: "shopPassword", keepsOld: true },
    });
    expect(applicationSecret("plain", environment).keepsOld).to.equal(false);
    for (const name of [undefined, "group", "other"])
      expect(() => applicationSecret(name, environment), name ?? "none").to.throw(UserError, "shop, plain");
    const told = applicationSecret("shop", environment).statement(Y, {} as never);
    expect(told).to.match(/^alter role "shop" password 'SCRAM-SHA-256\$/);
    expect(told).to.not.include(Y);
  });
});
