import { expect } from "chai";
import fc from "fast-check";
import { canonicalJson, serializeDocument } from "../../../../evidence/canonical-json";
import type { EvidenceDocument } from "../../../../evidence/document";
import { verifyEvidence } from "../../../../evidence/verify/verify-evidence";
import { anotherRun } from "../../../support/another-run";
import { EXPECTATIONS, forgedEnv, judge, readingOf, rulesNamed } from "../../../support/judge-evidence";
import { leavesOf, pathText, withValueAt, type JsonPath } from "../../../support/json-leaves";
import { dryRunEvidence, plannedEvidence, unplannedEvidence } from "../../../support/valid-evidence";
import { acceptedUnfencedEvidence, stoppedByEngineEvidence } from "../../../support/valid-unplanned";

/** The rules that tell two runs apart, whatever the parts say. */
const OF_ONE_RUN = ["one-drill", "one-run", "facts-of-this-run"];

/** What every successful drill has in common. */
const SAME_IN_ALL = ["version", "success", "failedStep"];

interface Pair {
  readonly name: string;
  readonly mine: EvidenceDocument;
  readonly other: EvidenceDocument;
}

const DRILLS = [plannedEvidence, unplannedEvidence, stoppedByEngineEvidence, acceptedUnfencedEvidence, dryRunEvidence];
const PAIRS: readonly Pair[] = DRILLS.flatMap((drill) =>
  ["2026-11-23-a", "2026-11-24-b"].map((id) => ({
    name: `${drill.name}, ${id === drill().drill.id ? "the same id" : "another id"}`,
    mine: drill(),
    other: anotherRun(drill(), id),
  })),
);

/** Every part that can be taken from the one document and put into the other. */
function partsOf(document: EvidenceDocument): JsonPath[] {
  return [
    ...Object.keys(document).map((key) => [key]),
    ...document.steps.map((_, index) => ["steps", index]),
    ...document.fences.map((_, index) => ["fences", index]),
    ...["before", "after"].map((when) => ["topology", when]),
    ...(document.probe === null ? [] : [["probe", "intervalMs"]]),
    ...["id", "nonce", "startedAt", "finishedAt"].map((key) => ["drill", key]),
  ];
}

function partAt(document: EvidenceDocument, path: JsonPath): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], document);
}

function differs({ mine, other }: Pair, path: JsonPath): boolean {
  return canonicalJson(partAt(mine, path)) !== canonicalJson(partAt(other, path));
}

function knowsNothing(part: unknown): boolean {
  return leavesOf(part).every(({ value }) => value === null);
}

/** The first document with parts of the second; keys and checksum are written anew. */
function mixed({ mine, other }: Pair, parts: readonly JsonPath[]): EvidenceDocument {
  return parts.reduce((document, path) => withValueAt(document, path, structuredClone(partAt(other, path))), mine);
}

describe("evidence mixed of two runs", function () {
  this.timeout(60_000);

  for (const pair of PAIRS) {
    const { mode } = pair.mine.drill;
    const parts = partsOf(pair.mine).filter((path) => differs(pair, path));

    describe(pair.name, () => {
      it("is of two genuine runs, each of them accepted, that differ in every section in which runs can", () => {
        expect(judge(pair.mine, { mode }).verdict).to.equal("accepted");
        expect(judge(pair.other, { mode })).to.include({ verdict: "accepted" });
        const empty = Object.keys(pair.mine).filter((key) => knowsNothing(partAt(pair.mine, [key])));
        const alike = Object.keys(pair.mine).filter((key) => !differs(pair, [key]));
        expect([...SAME_IN_ALL, ...empty]).to.include.members(alike);
        expect(parts.filter((path) => path[0] === "steps" && path.length === 2)).to.have.length(5);
      });

      for (const path of parts) {
        it(`is refused by name when ${pathText(path)} is of the other run`, () => {
          for (const one of [pair, { ...pair, mine: pair.other, other: pair.mine }]) {
            const named = rulesNamed(judge(mixed(one, [path]), { mode }));
            expect(named.filter((rule) => OF_ONE_RUN.includes(rule))).to.not.deep.equal([]);
          }
        });
      }

      it("is refused by name whatever is taken from where, unless it is all of one run", () => {
        const sections = parts.filter((path) => path.length === 1 || path[0] === "steps");
        fc.assert(
          fc.property(fc.subarray(sections, { minLength: 1 }), (taken) => {
            const document = mixed(pair, taken);
            fc.pre(canonicalJson(document) !== canonicalJson(pair.other));
            const named = rulesNamed(judge(document, { mode }));
            expect(named.filter((rule) => OF_ONE_RUN.includes(rule))).to.not.deep.equal([]);
          }),
          { numRuns: 200 },
        );
      });

      it("is refused when the keys are of the one run and the document of the other", () => {
        const { text } = serializeDocument(pair.other);
        const verdict = verifyEvidence(readingOf(forgedEnv(pair.mine), text), { ...EXPECTATIONS, mode });
        expect(rulesNamed(verdict)).to.include.members(["document-sha256", "env-matches-document"]);
      });
    });
  }
});
