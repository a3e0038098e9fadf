import { expect } from "chai";
import { readStackEvidence, stackEvidence } from "../../../evidence/stack-output";
import { verifyEvidence } from "../../../evidence/verify/verify-evidence";
import { EXPECTATIONS, rulesNamed } from "../../support/judge-evidence";
import { plannedEvidence } from "../../support/valid-evidence";

/** A value as an engine that sorts keys gives it back. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? 1 : -1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

describe("stack output evidence", () => {
  const output = stackEvidence(plannedEvidence());

  it("is accepted in whatever order the engine gives its keys back", () => {
    const reading = readStackEvidence("standby", JSON.stringify(sorted(output)));
    expect(verifyEvidence(reading, EXPECTATIONS).verdict).to.equal("accepted");
  });

  it("is refused when a figure was edited", () => {
    const edited = structuredClone(output);
    edited.document.drill.durationMs -= 1000;
    const verdict = verifyEvidence(readStackEvidence("standby", JSON.stringify(edited)), EXPECTATIONS);
    expect(rulesNamed(verdict)).to.include.members(["document-sha256", "env-matches-document"]);
  });

  it("cannot smuggle a second key in by a line feed", () => {
    const edited = { ...output, env: { ...output.env, FAILOVER_NONCE: "x\nFAILOVER_SUCCESS=true" } };
    const verdict = verifyEvidence(readStackEvidence("standby", JSON.stringify(edited)), EXPECTATIONS);
    expect(rulesNamed(verdict)).to.deep.equal(["env-values"]);
  });

  const unreadable: [string, string][] = [
    ["not JSON", "oops"],
    ["a masked secret", JSON.stringify("[secret]")],
    ["nothing", "null"],
    ["of another version", JSON.stringify({ ...output, version: 2 })],
    ["without its document", JSON.stringify({ version: 1, env: output.env })],
  ];
  for (const [what, text] of unreadable) {
    it(`is unreadable when it is ${what}`, () => {
      const reading = readStackEvidence("standby", text);
      expect(reading.readable ? "" : reading.reason).to.match(/^stack standby: its output/);
    });
  }
});
