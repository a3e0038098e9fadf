import { expect } from "chai";
import fc from "fast-check";
import { serializeDocument } from "../../../../evidence/canonical-json";
import type { EvidenceDocument } from "../../../../evidence/document";
import { ENV_CONTRACT } from "../../../../evidence/env-contract";
import { parseEnv } from "../../../../evidence/env-text";
import { FORM_RULES, RULES } from "../../../../evidence/verify/rules";
import { verifyEvidence, type Verdict } from "../../../../evidence/verify/verify-evidence";
import { STEP_NAMES } from "../../../../settings/steps";
import { EXPECTATIONS, forgedEnv, judge, readingOf, rulesNamed } from "../../../support/judge-evidence";
import { dryRunEvidence, failedEvidence, plannedEvidence, unplannedEvidence } from "../../../support/valid-evidence";

const KNOWN_RULES: readonly string[] = [...FORM_RULES, ...RULES].map((rule) => rule.id);
const KEYS = ENV_CONTRACT.map((definition) => definition.key);

interface Base {
  readonly name: string;
  readonly env: string;
  readonly json: string;
  readonly mode: EvidenceDocument["drill"]["mode"];
  /** Rules that the untouched evidence breaks: a failed drill's. */
  readonly broken: readonly string[];
}

const documents: [string, EvidenceDocument][] = [
  ["planned", plannedEvidence()],
  ["unplanned", unplannedEvidence()],
  ["dry run", dryRunEvidence()],
  ...STEP_NAMES.map((name): [string, EvidenceDocument] => [`failed at ${name}`, failedEvidence(name)]),
];
const BASES: readonly Base[] = documents.map(([name, document]) => ({
  name,
  env: forgedEnv(document),
  json: serializeDocument(document).text,
  mode: document.drill.mode,
  broken: rulesNamed(judge(document, { mode: document.drill.mode })),
}));

const anyBase = fc.constantFrom(...BASES);
const anyLine = fc.nat(KEYS.length - 1);

function judgeEnv(base: Base, env: string): Verdict {
  return verifyEvidence(readingOf(env, base.json), { ...EXPECTATIONS, mode: base.mode });
}

/** A mutant's own rules: those it breaks beyond what the untouched evidence (a failed drill's) breaks anyway. */
function newRules(base: Base, env: string): string[] {
  return rulesNamed(judgeEnv(base, env)).filter((rule) => !base.broken.includes(rule));
}

function meansTheSame(base: Base, env: string): boolean {
  const [original, mutant] = [parseEnv(Buffer.from(base.env)), parseEnv(Buffer.from(env, "latin1"))];
  if (!original.ok || !mutant.ok) return false;
  return KEYS.every((key) => original.values[key] === mutant.values[key]);
}

/** Every mutant either means exactly the same or is refused by a rule that it names. */
function expectCaught(base: Base, env: string): void {
  if (meansTheSame(base, env)) return;
  const rules = newRules(base, env);
  expect(rules, `${base.name}:\n${env}`).not.to.deep.equal([]);
  expect(KNOWN_RULES).to.include.members(rules);
}

function editLine(base: Base, index: number, edit: (line: string) => string): string {
  const lines = base.env.split("\n");
  lines[index] = edit(lines[index] ?? "");
  return lines.join("\n");
}

function editValue(base: Base, index: number, edit: (value: string) => string): string {
  return editLine(base, index, (line) => {
    const equals = line.indexOf("=") + 1;
    return line.slice(0, equals) + edit(line.slice(equals));
  });
}

describe("mutants of the .env evidence", function () {
  this.timeout(120_000);

  it("with a line dropped are refused by env-keys", () => {
    fc.assert(
      fc.property(anyBase, anyLine, (base, index) => {
        const lines = base.env.split("\n");
        expect(newRules(base, lines.toSpliced(index, 1).join("\n"))).to.deep.equal(["env-keys"]);
      }),
    );
  });

  it("with a line repeated anywhere are refused by env-keys", () => {
    fc.assert(
      fc.property(anyBase, anyLine, anyLine, (base, index, at) => {
        const lines = base.env.split("\n");
        expect(newRules(base, lines.toSpliced(at, 0, lines[index] ?? "").join("\n"))).to.deep.equal(["env-keys"]);
      }),
    );
  });

  it("with a key renamed are refused by env-keys or env-format", () => {
    fc.assert(
      fc.property(anyBase, anyLine, fc.stringMatching(/^[A-Za-z_0-9 ]{0,20}$/), (base, index, name) => {
        fc.pre(!base.env.split("\n")[index]?.startsWith(`${name}=`));
        const env = editLine(base, index, (line) => name + line.slice(line.indexOf("=")));
        const rules = newRules(base, env);
        expect(
          rules.some((rule) => rule === "env-keys" || rule === "env-format"),
          env,
        ).to.equal(true);
      }),
    );
  });

  it("with two lines swapped mean the same, and are judged the same", () => {
    fc.assert(
      fc.property(anyBase, anyLine, anyLine, (base, one, other) => {
        const lines = base.env.split("\n");
        const swapped = lines
          .with(one, lines[other] ?? "")
          .with(other, lines[one] ?? "")
          .join("\n");
        expect(judgeEnv(base, swapped)).to.deep.equal(judgeEnv(base, base.env));
      }),
    );
  });

  it("with two values swapped are caught", () => {
    fc.assert(
      fc.property(anyBase, anyLine, anyLine, (base, one, other) => {
        const values = base.env.split("\n").map((line) => line.slice(line.indexOf("=") + 1));
        const half = editValue(base, one, () => values[other] ?? "");
        const env = editValue({ ...base, env: half }, other, () => values[one] ?? "");
        expectCaught(base, env);
      }),
      { numRuns: 300 },
    );
  });

  it("with a character edited, put in or taken out are caught", () => {
    const anyCharacter = fc.oneof(
      fc.stringMatching(/^[0-9a-f.=\n\r\t "'#$-]$/),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(anyBase, fc.nat(), fc.constantFrom(0, 1), fc.option(anyCharacter), (base, position, taken, put) => {
        const at = position % base.env.length;
        expectCaught(base, base.env.slice(0, at) + (put ?? "") + base.env.slice(at + taken));
      }),
      { numRuns: 1000 },
    );
  });

  it("truncated anywhere are caught", () => {
    for (const base of BASES.slice(0, 4)) {
      for (let length = 0; length < base.env.length; length += 1) expectCaught(base, base.env.slice(0, length));
    }
  });

  it("in the wrong case are caught", () => {
    fc.assert(
      fc.property(anyBase, anyLine, fc.boolean(), (base, index, upper) => {
        expectCaught(
          base,
          editValue(base, index, (value) => (upper ? value.toUpperCase() : value.toLowerCase())),
        );
        expectCaught(
          base,
          editLine(base, index, (line) => line.toLowerCase()),
        );
      }),
    );
  });

  it("with NaN, negative, huge, padded or empty values are caught", () => {
    const odd = [
      "NaN",
      "Infinity",
      "-1",
      "-0.001",
      "1e3",
      "9".repeat(15),
      "9".repeat(400),
      "0x10",
      "00",
      "",
      " ",
      "null",
    ];
    for (const base of BASES) {
      KEYS.forEach((_, index) => {
        for (const value of odd)
          expectCaught(
            base,
            editValue(base, index, () => value),
          );
        expectCaught(
          base,
          editValue(base, index, (value) => `${value} `),
        );
        expectCaught(
          base,
          editValue(base, index, (value) => `0${value}`),
        );
      });
    }
  });

  it("with any well-formed other value are caught", () => {
    fc.assert(
      fc.property(anyBase, anyLine, fc.integer(), (base, index, seed) => {
        const { key, pattern } = ENV_CONTRACT[index] ?? { key: "", pattern: /^$/ };
        const [value] = fc.sample(fc.stringMatching(pattern), { numRuns: 1, seed });
        expectCaught(
          base,
          editValue(base, index, () => value ?? key),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("with the JSON of another run are refused by its checksum", () => {
    for (const base of BASES) {
      for (const other of BASES) {
        if (other !== base)
          expect(rulesNamed(judgeEnv({ ...base, json: other.json }, base.env))).to.include("document-sha256");
      }
    }
  });

  it("of a dry run are never accepted as a live drill", () => {
    const base = BASES.find((one) => one.mode === "dry-run");
    if (base === undefined) throw new Error("no dry run");
    expect(rulesNamed(judgeEnv({ ...base, mode: "execute" }, base.env))).to.deep.equal(["expected-mode"]);
    const relabelled = base.env.replace("MODE=dry-run", "MODE=execute");
    expect(rulesNamed(judgeEnv({ ...base, mode: "execute" }, relabelled))).to.include("env-matches-document");
  });
});
