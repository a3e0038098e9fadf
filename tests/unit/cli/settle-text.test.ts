import { expect } from "chai";
import { settleText } from "../../../cli/settle";
import type { StackTrouble } from "../../../operator/failover/settle";

describe("what settle says", () => {
  const clean: StackTrouble = {
    host: "host-b",
    stack: "standby",
    torn: [],
    locks: [],
    pending: [],
    drill: undefined,
  };
  const torn: StackTrouble = {
    ...clean,
    host: "host-a",
    stack: "primary",
    torn: ["state/primary.json.attrs"],
    pending: null,
  };

  it("names nothing where nothing is left", () => {
    expect(settleText([clean], false)).to.equal("stack standby of host-b: nothing to clear\n");
  });

  it("names the file that keeps a state from being read, and that what it hides is unknown", () => {
    const lines = settleText([torn, { ...clean, pending: null }], false).split("\n");
    expect(lines).to.include("stack primary of host-a: not cleared");
    expect(lines).to.include(
      "  torn     state/primary.json.attrs: pulumi was killed while it wrote this; nothing of the state is in it",
    );
    expect(lines).to.include("  pending  unknown: a torn file has to be removed first");
    expect(lines).to.include("stack standby of host-b: unknown until the torn file is removed");
    expect(lines).to.include("next: understudy settle --execute");
  });

  it("names a stack that declares what its host is not, and what comes after its mending", () => {
    const wrong: StackTrouble = { ...clean, contradiction: { host: "host-b", declared: "primary", fact: "standby" } };
    expect(settleText([wrong], false)).to.equal(
      "stack standby of host-b: not cleared\n  declares primary, and both stores of host-b are standby\nnext: understudy settle --execute\n",
    );
    expect(settleText([wrong], true)).to.match(/: cleared\n.*\nnext: understudy up --execute\n$/);
  });

  it("says why locks are unknown, and that only the operator can know that no engine is at work", () => {
    const unseen: StackTrouble = { ...clean, locks: null, locksUnknown: "in a bucket" };
    expect(settleText([unseen], false)).to.equal(
      "stack standby of host-b: nothing to clear in its state, and its locks are unknown\n  locked   unknown: in a bucket\n" +
        "next: make sure that no pulumi is at work, on any machine; then: understudy settle --execute --engines-have-ended\n",
    );
    expect(settleText([unseen], true)).to.equal(
      "stack standby of host-b: nothing to clear\n  locked   no longer, whoever held it: pulumi cancel\n",
    );
  });

  it("says what was cleared", () => {
    const text = settleText([{ ...torn, pending: [] }], true);
    expect(text).to.include("stack primary of host-a: cleared\n  torn     state/primary.json.attrs");
    expect(text).not.to.include("unknown");
  });
});
