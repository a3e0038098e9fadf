import { expect } from "chai";
import fc from "fast-check";
import { canonicalJson, sha256Of } from "../../../../evidence/canonical-json";
import { evidenceDocumentSchema, type EvidenceDocument } from "../../../../evidence/document";
import { FORM_RULES, RULES } from "../../../../evidence/verify/rules";
import { verifyEvidence, type Verdict } from "../../../../evidence/verify/verify-evidence";
import { EXPECTATIONS, forgedEnv, judge, readingOf, rulesNamed } from "../../../support/judge-evidence";
import {
  leavesOf,
  pathText,
  withoutValueAt,
  withValueAt,
  type JsonPath,
  type Leaf,
} from "../../../support/json-leaves";
import { dryRunEvidence, plannedEvidence, record, unplannedEvidence } from "../../../support/valid-evidence";
import { acceptedUnfencedEvidence, stoppedByEngineEvidence } from "../../../support/valid-unplanned";

const KNOWN_RULES: readonly string[] = [...FORM_RULES, ...RULES].map((rule) => rule.id);

/**
 * What no rule can contradict, because nothing else in the document says the same: names, words, versions, what a store
 * said of itself, and figures of which only a bound is known. An edit of these is seen by the checksum alone.
 */
const FREE: readonly RegExp[] = [
  /^versions\./,
  /^services\[/,
  /^drill\.(environment|nonce)$/,
  /^steps\[\d\]\.checks\[\d+\]\.(name|host|measured|limit)$/,
  /^steps\[[0124]\]\.marks\[\d+\]\.(name|host)$/,
  /^steps\[\d\]\.failure\./,
  /^topology\.(before|after)\.hosts\[\d\]\.(declaredRole|\w+\.detail\.\w+|\w+\.reason)$/,
  /^fences\[\d\]\.detail$/,
  /^unplanned\.(signals\[\d\]\.detail|acceptedUnfenced\.operator)$/,
  // The standby's clock and counters, of the time before the drill.
  /^unplanned\.lossBound\.(timescaledb\.heardAt|redis\.\w+)$/,
  /^lagBefore\.(timescaledb|redis)\.(receiveBytes|replayBytes|bytes|replaySeconds)$/,
  /^postgres\.(seal\.systemIdentifier|receivedLsn)$/,
  /^redis\.(replicationId|partialSyncs|replicaOffset|contentCompared\.(journalEntries|sampledKeys))$/,
  /^objectives\./,
  /^probe\.intervalMs$/,
  // How much was carried is nobody else's figure; only what cannot be is contradicted.
  /^continuity\.services\[\d\]\.carried\.(files|copiedFiles|copiedBytes)$/,
  /^continuity\.services\[\d\]\.counted\[\d\]\.what$/,
  /^continuity\.services\[\d\]\.(backup\.(id|bytes|maxAgeSeconds)|restore\.(durationMs|compared\[\d\]\.what))$/,
];

/** A gone host says little, and one store that is seen to be gone is enough: the other's signals are then words. */
const UNPLANNED: readonly RegExp[] = [
  /^probe\.startedAtMs$/,
  /^lagBefore\./,
  /^postgres\./,
  /^redis\./,
  /^topology\.before\.hosts\[0\]\./,
  /^fences\[\d\]\.method$/,
  /^steps\[1\]\.status$/,
  /^unplanned\.signals\[\d\]\.(observer|store|gone)$/,
];

/** Only in one kind of drill nothing else says the same. */
const FREE_IN: Readonly<Record<string, readonly RegExp[]>> = {
  planned: [/^lagBefore\.(timescaledb|redis)\.events$/],
  unplanned: UNPLANNED,
  "unplanned, stopped by its engine": UNPLANNED,
  "unplanned, accepted unfenced": UNPLANNED,
  "dry run": [/^redis\.(fullSyncs|partialSyncs|replicaOffset)$/],
};

interface Base {
  readonly name: string;
  readonly document: EvidenceDocument;
}

const BASES: readonly Base[] = [
  { name: "planned", document: plannedEvidence() },
  { name: "unplanned", document: unplannedEvidence() },
  { name: "unplanned, stopped by its engine", document: stoppedByEngineEvidence() },
  { name: "unplanned, accepted unfenced", document: acceptedUnfencedEvidence() },
  { name: "dry run", document: dryRunEvidence() },
];

/** A sample that was not acknowledged only has to be sound: its endpoint, its number and its outcome say little. */
function isUnacknowledgedSample({ document }: Base, path: JsonPath): boolean {
  const [probe, store, samples, , index] = path;
  if (probe !== "probe" || samples !== "samples" || typeof index !== "number") return false;
  return document.probe?.[store as "timescaledb" | "redis"].samples.outcome[index] !== "a";
}

function isFree(base: Base, path: JsonPath): boolean {
  const text = pathText(path);
  return [...FREE, ...(FREE_IN[base.name] ?? [])].some((free) => free.test(text)) || isUnacknowledgedSample(base, path);
}

/** Other values for a leaf: of the wrong kind, out of range, far off, and another of the same kind. */
function othersOf({ value, path }: Leaf): unknown[] {
  if (typeof value === "number") {
    return [null, -1, value + 1e9, 1e300, "NaN", String(value), ...(value === 0 ? [] : [0])];
  }
  if (typeof value === "boolean") return [!value, null, String(value)];
  if (typeof value === "string") return [`${value}x`, "", null, 7, ...alternatives(value, pathText(path))];
  return [0, "x", true, ...(pathText(path) === "failedStep" ? ["verify"] : [])];
}

function alternatives(value: string, path: string): string[] {
  const families = [
    ["primary", "standby"],
    ["host-a", "host-b"],
    ["planned", "unplanned"],
    ["dry-run", "execute"],
    ["a", "r", "i"],
    ["passed", "failed", "skipped", "simulated", "bypassed"],
    ["clean-shutdown", "writes-paused", "container-stopped", "fence-command", "own-port", "accepted-unfenced"],
    ["timescaledb", "redis"],
    ["promote-timescaledb", "promote-redis"],
    ["precheck", "backup-sync-check", "demote-primary", "promote-standby", "verify"],
    ["operator", "engine", "standby", "fence-command"],
  ];
  if (/(At|readAt)$/.test(path)) return ["2031-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"];
  if (/Lsn$/.test(path)) return ["0/0", "FF/0"];
  return families.filter((family) => family.includes(value)).flatMap((family) => family.filter((one) => one !== value));
}

/** The last step's digest is mended too, unless it is what was changed: so another rule must contradict the change. */
function recordedAnew(base: Base, mutant: unknown): unknown {
  const parsed = evidenceDocumentSchema.safeParse(mutant);
  const untouched = parsed.data?.steps.at(-1)?.factsSha256 === base.document.steps.at(-1)?.factsSha256;
  return parsed.success && untouched ? record(parsed.data) : mutant;
}

/** The checksum is mended; the other keys stay as they were. */
function withChecksum(base: Base, mutant: unknown): Verdict {
  const text = canonicalJson(recordedAnew(base, mutant));
  return judgeTexts(base, forgedEnv(base.document, sha256Of(text)), text);
}

/** Every key is written anew from the mutant: the most a forger can do without touching a second leaf. */
function withAllKeys(base: Base, mutant: unknown): Verdict {
  const text = canonicalJson(recordedAnew(base, mutant));
  const parsed = evidenceDocumentSchema.safeParse(mutant);
  const env = forgedEnv(parsed.success ? parsed.data : base.document, sha256Of(text));
  return judgeTexts(base, env, text);
}

function judgeTexts(base: Base, env: string, text: string): Verdict {
  return verifyEvidence(readingOf(env, text), { ...EXPECTATIONS, mode: base.document.drill.mode });
}

const FORGERS = { "the checksum mended": withChecksum, "all keys written anew": withAllKeys } as const;

describe("mutants of the JSON evidence", function () {
  this.timeout(120_000);

  for (const base of BASES) {
    const leaves = leavesOf(base.document);
    const bound = leaves.filter((leaf) => !isFree(base, leaf.path));

    for (const [how, forge] of Object.entries(FORGERS)) {
      it(`${base.name}, ${how}: every edit of every leaf that is not free is refused by a rule it names`, () => {
        for (const leaf of bound) {
          for (const value of othersOf(leaf)) {
            const verdict = forge(base, withValueAt(base.document, leaf.path, value));
            const told = `${pathText(leaf.path)}: ${JSON.stringify(leaf.value)} -> ${JSON.stringify(value)}`;
            expect(verdict.verdict, told).to.equal("refused");
            expect(KNOWN_RULES, told).to.include.members(rulesNamed(verdict));
          }
        }
      });
    }

    it(`${base.name}: a key taken out is refused by document-schema`, () => {
      for (const { path } of leaves) {
        if (typeof path.at(-1) !== "string" || /^versions|\.detail\./.test(pathText(path))) continue;
        expect(rulesNamed(withAllKeys(base, withoutValueAt(base.document, path))), pathText(path)).to.deep.equal([
          "document-schema",
        ]);
      }
    });

    it(`${base.name}: whatever is put at a leaf, the verdict is reached, and a refusal names its rules`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...leaves), fc.jsonValue(), (leaf, value) => {
          fc.pre(JSON.stringify(value) !== JSON.stringify(leaf.value));
          const verdict = withChecksum(base, withValueAt(base.document, leaf.path, value));
          // A moment has room in its step: another number there may contradict nothing. The edits above are far off.
          const hasRoom = typeof leaf.value === "number" && typeof value === "number";
          if (verdict.verdict === "accepted")
            expect(hasRoom || isFree(base, leaf.path), pathText(leaf.path)).to.equal(true);
          else expect(KNOWN_RULES).to.include.members(rulesNamed(verdict));
        }),
        { numRuns: 500 },
      );
    });
  }

  it("an edit without the checksum is always refused by document-sha256, free or not", () => {
    for (const base of BASES) {
      const env = forgedEnv(base.document);
      for (const leaf of leavesOf(base.document)) {
        const [value] = othersOf(leaf);
        const text = canonicalJson(withValueAt(base.document, leaf.path, value));
        expect(rulesNamed(judgeTexts(base, env, text)), pathText(leaf.path)).to.include("document-sha256");
      }
    }
  });

  it("an edit of a term or a finding that leaves the steps as they are is always refused, free or not", () => {
    const recorded =
      /^(drill\.(id|nonce|mode|kind|environment|\w+Host)$|objectives|topology|lagBefore|fences|unplanned\.(?!recoveryMs|probeSawFailure)|postgres|redis|probe|services|versions)/;
    for (const base of BASES) {
      for (const leaf of leavesOf(base.document)) {
        if (!recorded.test(pathText(leaf.path))) continue;
        for (const value of othersOf(leaf)) {
          const mutant = withValueAt(base.document, leaf.path, value);
          const parsed = evidenceDocumentSchema.safeParse(mutant);
          if (!parsed.success) continue;
          const { mode } = base.document.drill;
          const named = rulesNamed(judge(parsed.data, { mode }));
          const caught = named.includes("facts-of-this-run") || named.includes("env-values");
          expect(caught, `${pathText(leaf.path)}: ${named.join()}`).to.equal(true);
        }
      }
    }
  });

  it("a sample taken out of its array, or put in twice, is refused", () => {
    const base = BASES[0] as Base;
    for (const { path } of leavesOf(base.document)) {
      if (!/\.samples\.\w+\[\d+\]$/.test(pathText(path))) continue;
      expect(rulesNamed(withAllKeys(base, withoutValueAt(base.document, path))), pathText(path)).to.include(
        "samples-sound",
      );
    }
  });

  it("a whole acknowledged attempt taken out of the samples is refused", () => {
    const base = BASES[0] as Base;
    const attempts = base.document.probe?.timescaledb.samples.seq.length ?? 0;
    for (let index = 0; index < attempts; index += 1) {
      if (isUnacknowledgedSample(base, ["probe", "timescaledb", "samples", "seq", index])) continue;
      const mutant = ["seq", "invokeMs", "endMs", "outcome", "endpoint"].reduce(
        (document, array) => withoutValueAt(document, ["probe", "timescaledb", "samples", array, index]),
        base.document,
      );
      expect(rulesNamed(withAllKeys(base, mutant)), `attempt ${index}`).to.include("samples-give-figures");
    }
  });
});
