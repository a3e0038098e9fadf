import { expect } from "chai";
import { plainValue, valuesOf, type StackValue, type Values } from "../../../../operator/rotate/values";
import { UserError } from "../../../../settings/user-error";

type Short = readonly (string | undefined)[];

const of = (a: Short, b: Short, given?: string, leftOver = false): Values =>
  valuesOf(
    [a, b].map(([current, former, applied], at): StackValue => ({ stack: `s${at}`, current, former, applied })),
    { key: "redisPassword", given, leftOver },
  );
const refusal = (work: () => unknown): UserError => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return expect.fail("it was not refused");
};

describe("the two values of an exchange", () => {
  const KNOWN: Readonly<Record<string, readonly [Values, Values]>> = {
    "nothing has begun": [of(["x", undefined, "x"], ["x", undefined, "x"]), { old: "x", fresh: null }],
    "the operator has one": [of(["x", undefined, "x"], ["x", undefined, "x"], "y"), { old: "x", fresh: "y" }],
    "the former one stands beside the key of one stack": [
      of(["x", "x", "x"], ["x", undefined, "x"]),
      { old: "x", fresh: null },
    ],
    "one stack has the new one": [of(["y", "x", "x"], ["x", "x", "x"]), { old: "x", fresh: "y" }],
    "one stack has forgotten the former one": [of(["y", undefined, "y"], ["y", "x", "y"]), { old: "x", fresh: "y" }],
    "both have, and a host has not": [
      of(["y", undefined, "y"], ["y", undefined, "y"], undefined, true),
      { old: null, fresh: "y" },
    ],
    "the config alone was changed": [of(["y", undefined, "x"], ["y", undefined, "x"]), { old: "x", fresh: "y" }],
    "the config of one stack alone was changed": [
      of(["y", undefined, "x"], ["x", undefined, "x"]),
      { old: "x", fresh: "y" },
    ],
    "no state says what the hosts have": [of(["x"], ["x"]), { old: "x", fresh: null }],
  };
  for (const [what, [values, wanted]] of Object.entries(KNOWN))
    it(`are told where ${what}`, () => expect(values).to.deep.equal(wanted));

  const REFUSED: Readonly<Record<string, readonly [() => Values, string]>> = {
    "stacks that have two new ones": [() => of(["y", "x"], ["z", "x"]), "not the same"],
    "stacks that have two former ones": [() => of(["y", "x"], ["y", "w"]), "former values"],
    "stacks that differ, where nothing says why": [() => of(["x"], ["y"]), "not the same"],
    "another value on its way": [() => of(["y", "x"], ["y", "x"], "z"), "on its way"],
    "none at all": [() => of([], []), "no stack has one"],
  };
  for (const [what, [work, words]] of Object.entries(REFUSED)) {
    it(`are refused of ${what}, without either`, () => {
      const { message, exitCode, next } = refusal(work);
      expect(message).to.include(words).and.include("understudy:redisPassword");
      expect(exitCode).to.equal(3);
      expect(next).to.match(/pulumi|the same command/);
      expect(message).to.not.match(/\b[wxyz]\b/);
    });
  }

  it("come from standard input as one plain line", () => {
    expect(plainValue("s3cret\n")).to.equal("s3cret");
    for (const bad of ["", "\n", "two words", "two\nlines", "ünicode", "x".repeat(513)])
      expect(refusal(() => plainValue(bad)).exitCode).to.equal(2);
  });
});
