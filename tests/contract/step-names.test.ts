import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { STEPS } from "../../settings/steps";

const ROOT = path.resolve(__dirname, "../..");
const TABLE = "settings/steps.ts";
/** Where each step has its function: in the record `steps` of its kind, whose keys the compiler holds complete. */
const KINDS = ["drills/planned/planned.ts", "drills/unplanned/unplanned.ts"];

const NAMES: ReadonlySet<string> = new Set(STEPS.flatMap(({ name, evidenceKey }) => [name, evidenceKey]));
/** Those that are no words of plain English are found inside longer texts too. */
const INSIDE = new RegExp(`(?<![\\w-])(${[...NAMES].filter((name) => /[-_]/.test(name)).join("|")})(?![\\w-])`);

/** Every text of a file that names a step, but for the keys of a kind's record and the verb `verify` of the command line. */
function literalStepNames(file: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (namesStep(node) && !isAllowed(file, node)) found.push(`${file}: ${node.getText(tree)}`);
    node.forEachChild(visit);
  };
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  visit(tree);
  return found;
}

function namesStep(node: ts.Node): boolean {
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node) ||
    ts.isRegularExpressionLiteral(node);
  return isText && (NAMES.has(node.text) || INSIDE.test(node.text));
}

function isAllowed(file: string, { parent }: ts.Node): boolean {
  if (file === TABLE) return true;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  if (ts.isNewExpression(parent)) return file.startsWith("cli/") && parent.expression.getText() === "Command";
  return KINDS.includes(file) && ts.isPropertyAssignment(parent) && isRecordOfSteps(parent.parent);
}

function isRecordOfSteps({ parent }: ts.Node): boolean {
  return ts.isPropertyAssignment(parent) && parent.name.getText() === "steps";
}

describe("a step is named in the table of steps, and nowhere else", function () {
  this.timeout(30_000);

  it("no source has the name or the evidence key of a step in a text", () => {
    const files = globSync("{index.ts,{settings,components,evidence,drills,operator,cli,lab}/**/*.ts}", { cwd: ROOT });
    expect(files.length).to.be.greaterThan(400);
    const found = files.flatMap((file) => literalStepNames(file, readFileSync(path.join(ROOT, file), "utf8")));
    expect(found).to.deep.equal([]);
  });

  for (const text of [
    'if (step === "verify") end();',
    "if (step === 'precheck') begin();",
    "if (step === `demote-primary`) cut();",
    'switch (step) { case "promote-standby": cut(); }',
    'const ms = stepMs["backup-sync-check"];',
    'const checks = { "demote-primary": [] };',
    'stepOf(document, "verify");',
    "const key = `document.steps.promote-standby.marks.${name}`;",
    "const name = /^(demote-primary|promote-standby)$/;",
    'unless(holds, "STEP_DEMOTE_PRIMARY_STATUS");',
    'const rule = { sentence: "demote-primary is bypassed only where it may" };',
    'const steps = { "verify": 1 };',
  ]) {
    it(`sees one in: ${text}`, () => {
      expect(literalStepNames("drills/planned/verify.ts", text)).to.have.length(1);
    });
  }

  it("takes neither a module's name, nor a function's, nor a word that is part of another, for one", () => {
    const text = [
      'import { promoteStandby } from "./promote-standby";',
      "const steps = { precheck, verify: passing(verify) };",
      'const words = "verify it, and re-demote-primary-now";',
    ].join("\n");
    expect(literalStepNames("drills/planned/other.ts", text)).to.deep.equal([]);
  });

  it("lets a kind have its record of steps, and nothing else; and the command line its verb", () => {
    for (const file of KINDS) {
      expect(literalStepNames(file, 'const kind = { steps: { "demote-primary": demote } };')).to.deep.equal([]);
      expect(literalStepNames(file, 'const kind = { other: { "demote-primary": demote } };')).to.have.length(1);
    }
    expect(literalStepNames("cli/verify.ts", 'new Command("verify");')).to.deep.equal([]);
    expect(literalStepNames("cli/verify.ts", 'if (step === "verify") end();')).to.have.length(1);
  });
});
