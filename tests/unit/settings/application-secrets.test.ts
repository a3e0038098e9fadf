import { createHash } from "node:crypto";
import { expect } from "chai";
import { applicationRedisUsers } from "../../../settings/application-redis-users";
import { applicationPasswords, type StackConfigValues } from "../../../settings/application-secrets";
import { applicationsSchema } from "../../../settings/applications";
import { UserError } from "../../../settings/user-error";

const SHOP = applicationsSchema.parse({ shop: { password: "shopPassword" }, group: {} });
const GOOD = { value: "correct horse", secret: true };

/** What is said of the two stacks' secret of the shop. */
function said(primary: StackConfigValues[string], standby: StackConfigValues[string]): ReadonlyMap<string, string> {
  return applicationPasswords(SHOP, [
    { stack: "primary", config: { "understudy:shopPassword": primary } },
    { stack: "standby", config: { "understudy:shopPassword": standby } },
  ]);
}

function refusal(...both: Parameters<typeof said>): UserError {
  try {
    said(...both);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  return expect.fail("it was taken");
}

describe("the passwords of applications", () => {
  it("are the secrets that they name, the same in every stack", () => {
    expect([...said(GOOD, GOOD)]).to.deep.equal([["shop", "correct horse"]]);
    expect([
      ...applicationPasswords(SHOP, [{ stack: "primary", config: { "understudy:shopPassword": GOOD } }]),
    ]).to.have.length(1);
  });

  for (const [what, both, words, next] of [
    ["one stack lacks it", [GOOD, undefined], "stack standby has no understudy:shopPassword", "-s standby config set"],
    ["it is empty", [{ value: "", secret: true }, GOOD], "stack primary has no understudy", "-s primary config set"],
    ["it is in the clear", [GOOD, { value: "correct horse" }], "of stack standby is not encrypted", "config rm"],
    [
      "it differs",
      [GOOD, { value: "other horse", secret: true }],
      "is not the same in the stacks primary and standby",
      "-s standby config set",
    ],
    [
      "it has a line's end",
      [{ value: "correct horse\n", secret: true }, GOOD],
      "is no password: printable ASCII",
      "-s primary",
    ],
    [
      "it has a letter beyond ASCII",
      [{ value: "horße", secret: true }, GOOD],
      "is no password: printable ASCII",
      "-s primary",
    ],
  ] as const) {
    it(`are refused by their field where ${what}, and never shown`, () => {
      const error = refusal(both[0], both[1]);
      expect(error.message)
        .to.match(/^applications\.shop\.password: /)
        .and.include(words);
      expect(error.next).to.include(next).and.include("--secret understudy:shopPassword");
      expect([error.exitCode, `${error.message}${error.next}`.includes("horse")]).to.deep.equal([2, false]);
    });
  }

  it("are asked of all applications at once", () => {
    const all = applicationsSchema.parse({ a: { password: "aPassword" }, b: { password: "bPassword" } });
    expect(() => applicationPasswords(all, [{ stack: "primary", config: {} }])).to.throw(
      "applications.a.password: stack primary has no understudy:aPassword; applications.b.password: stack primary has no",
    );
  });
});

describe("the Redis users of applications", () => {
  const all = applicationsSchema.parse({
    shop: {
      password: "shopPassword",
      redis: {
        keys: ["shop:*"],
        read_keys: ["prices:*"],
        channels: ["shop.*"],
        commands: ["@all", "-@dangerous", "+info", "-client|list"],
      },
    },
    jobs: { password: "jobsPassword", redis: { keys: ["*"] } },
    plain: { password: "plainPassword" },
  });
  const passwords = new Map([
    ["shop", "correct horse"],
    ["jobs", "j"],
    ["plain", "p"],
  ]);
  const hash = (words: string): string => createHash("sha256").update(words).digest("hex");

  it("are lines of an ACL file, in the order of their names, with the hash of the password alone", () => {
    const lines = applicationRedisUsers(all, passwords);
    expect(lines).to.deep.equal([
      `user jobs reset on #${hash("j")} resetkeys ~* resetchannels -@all +@all -@dangerous -@admin +role`,
      `user shop reset on #${hash("correct horse")} resetkeys ~shop:* %R~prices:* resetchannels &shop.* -@all +@all -@dangerous +info -client|list -@admin +role`,
    ]);
    expect(lines.join(" ")).not.to.include("correct");
  });

  it("are not made of a password that is not there", () => {
    expect(() => applicationRedisUsers(all, new Map())).to.throw("applications.jobs.password");
  });
});
