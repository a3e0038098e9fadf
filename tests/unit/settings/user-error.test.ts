import { expect } from "chai";
import { messageOf, UserError } from "../../../settings/user-error";

describe("the message of what was thrown", () => {
  for (const [what, thrown, message] of [
    ["an error", new Error("no route"), "no route"],
    ["an error of several lines", new Error("first\n   second  \n third\n"), "first second third"],
    ["an error without words", new TypeError(""), "TypeError"],
    ["a text", "plain", "plain"],
    ["nothing", undefined, "undefined"],
    ["several errors at once", new AggregateError([new Error("a\nb"), "c"], "all failed"), "a b; c"],
    ["an empty bundle", new AggregateError([], "all failed"), "all failed"],
  ] as const) {
    it(`is one line for ${what}`, () => {
      expect(messageOf(thrown)).to.equal(message);
    });
  }
});

describe("an error for the operator", () => {
  it("carries the next command, and exits with 1 unless told otherwise", () => {
    const error = new UserError("what", "understudy status");
    expect([error.message, error.next, error.exitCode]).to.deep.equal(["what", "understudy status", 1]);
    expect(new UserError("what", "next", 3).exitCode).to.equal(3);
  });
});
