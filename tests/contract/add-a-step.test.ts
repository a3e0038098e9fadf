import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Compiler, type Changes } from "../support/compiler";
import { ROOT } from "../support/documentation/pages";
import { temporaryFolder } from "../support/temporary-folder";

const TABLE = "settings/steps.ts";

/** A sixth step, which a drill ends with: its row, its role, and its function for each kind. */
const ROW = `  {
    name: "tell-operators",
    evidenceKey: "STEP_TELL_OPERATORS_STATUS",
    sentence: "tell those on duty what became of the roles",
    cutover: false,
    planned: {
      startsAfter: "verify",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: "verify",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed", "bypassed"],
    },
  },
`;
const END_OF_TABLE = "] as const satisfies readonly StepRow[];\n";
const ROLE = `/** Tells those on duty. */\nexport const NOTICE = "tell-operators" as const satisfies StepName;\n`;
const FIRST_ROLE = /^(?=\/\*\*.*\*\/\nexport const PRECHECK)/m;
const IMPORT_OF_ROLES = /^import \{ (?=.*"\.\.\/\.\.\/settings\/steps";$)/m;

type Edit = readonly [search: string | RegExp, replacement: string];

const ROW_ADDED = {
  [TABLE]: [
    [END_OF_TABLE, `${ROW}$&`],
    [FIRST_ROLE, ROLE],
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;

/** What the compiler asks for once the row is there, file by file. */
const FOLLOWED: Readonly<Record<string, readonly Edit[]>> = {
  "drills/planned/planned.ts": [
    ["    verify: passing(verify),\n", `$&    "tell-operators": () => Promise.resolve(undefined),\n`],
  ],
  "drills/planned/simulate-planned.ts": [
    [IMPORT_OF_ROLES, "$&NOTICE, "],
    ["      [VERIFICATION]: [],\n", "$&      [NOTICE]: [],\n"],
  ],
  "drills/unplanned/simulate-unplanned.ts": [
    [IMPORT_OF_ROLES, "$&NOTICE, "],
    ["      [VERIFICATION]: ages,\n", "$&      [NOTICE]: [],\n"],
  ],
  "drills/unplanned/unplanned.ts": [
    [
      "    verify,\n  },\n",
      `    verify,\n    "tell-operators": () => Promise.resolve({ status: "bypassed" as const }),\n  },\n`,
    ],
  ],
  "tests/support/drill-story.ts": [
    ["  verify: [1483.6, 1885.7],\n", `$&  "tell-operators": [1886, 1887],\n`],
    [`    case "verify":\n`, `    case "tell-operators":\n$&`],
  ],
  "tests/support/valid-evidence.ts": [
    ["  verify: [2130, 4000.125],\n", `$&  "tell-operators": [4001, 4002],\n`],
    ["  verify: [],\n", `$&  "tell-operators": [],\n`],
  ],
};

/** What becomes of the evidence then, and what its verifier says of evidence that was made before. */
const LOOK = `
import { ENV_CONTRACT } from "./evidence/env-contract";
import { stepRules } from "./evidence/verify/rules/steps";
import { STEP_NAMES } from "./settings/steps";
const document = (names: readonly string[]) =>
  ({ document: { drill: { mode: "execute", kind: "planned" }, steps: names.map((step) => ({ step })) } }) as never;
const broken = (names: readonly string[]) =>
  stepRules.filter(({ id, check }) => id === "steps-in-order" && check(document(names), {} as never).length > 0).length;
console.log(
  JSON.stringify({
    last: STEP_NAMES.at(-1),
    keys: ENV_CONTRACT.slice(-3).map(({ key }) => key),
    broken: [broken(STEP_NAMES), broken(STEP_NAMES.slice(0, -1))],
  }),
);
`;

/** Files of the checkout with their edits made. */
function changed(edits: Readonly<Record<string, readonly Edit[]>>): Changes {
  return Object.fromEntries(
    Object.entries(edits).map(([file, all]) => [
      file,
      all.reduce(
        (before, [search, replacement]) => {
          const after = before.replace(search, replacement);
          expect(after, `${file} has ${String(search)}`).to.not.equal(before);
          return after;
        },
        readFileSync(path.join(ROOT, file), "utf8"),
      ),
    ]),
  );
}

/** The files that the recipe names where it says what the compiler refuses. */
function namedByTheRecipe(): readonly string[] {
  const [, recipe = ""] =
    /^## Add a step\n(.*?)^## /ms.exec(readFileSync(path.join(ROOT, "CONTRIBUTING.md"), "utf8")) ?? [];
  const [refused = ""] = /^\d+\. The compiler now refuses .*$/m.exec(recipe) ?? [];
  return [...refused.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = ""]) => file);
}

describe("a sixth step, added as the recipe says", function () {
  this.timeout(300_000);
  this.slow(30_000);
  const compiler = new Compiler();
  const folder = temporaryFolder();

  it("is refused by the compiler exactly where something has to be said of every step", () => {
    expect(compiler.refuses(changed(ROW_ADDED))).to.deep.equal(Object.keys(FOLLOWED));
  });

  it("is added by a recipe that names exactly these files", () => {
    expect(namedByTheRecipe()).to.have.members(Object.keys(FOLLOWED));
  });

  it("compiles once they say it", () => {
    const changes = changed({ ...ROW_ADDED, ...FOLLOWED });
    expect(compiler.refuses(changes, [TABLE, ...Object.keys(FOLLOWED)])).to.deep.equal([]);
  });

  it("is in the evidence by its row alone, and makes evidence of before incomplete: the contract gets a new version", () => {
    for (const layer of ["settings", "evidence"])
      cpSync(path.join(ROOT, layer), path.join(folder(), layer), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules"), path.join(folder(), "node_modules"));
    for (const [file, text] of Object.entries(changed(ROW_ADDED))) writeFileSync(path.join(folder(), file), text);
    writeFileSync(path.join(folder(), "look.ts"), LOOK);
    const said = execFileSync(process.execPath, ["--import", "tsx", "look.ts"], { cwd: folder(), encoding: "utf8" });
    expect(JSON.parse(said)).to.deep.equal({
      last: "tell-operators",
      keys: ["STEP_VERIFY_STATUS", "STEP_TELL_OPERATORS_STATUS", "FAILOVER_EVIDENCE_SHA256"],
      broken: [0, 1],
    });
  });
});
