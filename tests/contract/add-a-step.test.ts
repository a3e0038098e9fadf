import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { temporaryFolder } from "../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../..");
const LAYERS = ["settings", "components", "evidence", "drills", "operator", "cli", "lab"];
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

/** Copies the sources, so that a step can be added. */
function copySources(folder: string): void {
  const isSource = (file: string): boolean => path.extname(file) === "" || file.endsWith(".ts");
  for (const layer of LAYERS)
    cpSync(path.join(ROOT, layer), path.join(folder, layer), { recursive: true, filter: isSource });
  for (const file of ["index.ts", "tsconfig.json", "package.json"])
    cpSync(path.join(ROOT, file), path.join(folder, file));
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
}

function edit(folder: string, file: string, ...edits: readonly Edit[]): void {
  const place = path.join(folder, file);
  const text = readFileSync(place, "utf8");
  const edited = edits.reduce((before, [search, replacement]) => {
    const after = before.replace(search, replacement);
    expect(after, `${file} has ${String(search)}`).to.not.equal(before);
    return after;
  }, text);
  writeFileSync(place, edited);
}

type Parsed = Map<string, { readonly text: string; readonly file: ts.SourceFile | undefined }>;

/** The files of ours that the compiler refuses, of all or of those named; `parsed` keeps what has not changed. */
function refusedFiles(folder: string, parsed: Parsed, of?: readonly string[]): string[] {
  const { config } = ts.readConfigFile(path.join(folder, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
    config: Record<string, unknown>;
  };
  const include = ["index.ts", ...LAYERS];
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, include }, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...how) => {
    const text = host.readFile(name) ?? "";
    const known = parsed.get(name);
    const file = known?.text === text ? known.file : parse(name, ...how);
    parsed.set(name, { text, file });
    return file;
  };
  const program = ts.createProgram(of?.map((file) => path.join(folder, file)) ?? fileNames, options, host);
  return (of ?? fileNames.map((file) => path.relative(folder, file)))
    .filter((file) => program.getSemanticDiagnostics(program.getSourceFile(path.join(folder, file))).length > 0)
    .sort();
}

describe("a sixth step, added as the recipe says", function () {
  this.timeout(90_000);
  const folder = temporaryFolder();
  const parsed: Parsed = new Map();

  before(() => {
    copySources(folder());
    edit(folder(), TABLE, [END_OF_TABLE, `${ROW}$&`], [FIRST_ROLE, ROLE]);
  });

  it("is refused by the compiler exactly where each kind has to say what the step does, and what a dry run reads", () => {
    expect(refusedFiles(folder(), parsed)).to.deep.equal(Object.keys(FOLLOWED));
  });

  it("has a recipe in CONTRIBUTING that names the table and each of these files", () => {
    const page = readFileSync(path.join(ROOT, "CONTRIBUTING.md"), "utf8");
    const [, recipe = ""] = /^## Add a step\n(.*?)^## /ms.exec(page) ?? [];
    expect([TABLE, ...Object.keys(FOLLOWED)].filter((file) => !recipe.includes(`\`${file}\``))).to.deep.equal([]);
  });

  it("compiles once these say so, and an end that the table does not name does not", () => {
    for (const [file, edits] of Object.entries(FOLLOWED)) edit(folder(), file, ...edits);
    expect(refusedFiles(folder(), parsed, [TABLE, ...Object.keys(FOLLOWED)])).to.deep.equal([]);
    edit(folder(), TABLE, [
      `"passed", "bypassed"],\n    },\n  },\n${END_OF_TABLE}`,
      `"passed"],\n    },\n  },\n${END_OF_TABLE}`,
    ]);
    expect(refusedFiles(folder(), parsed, Object.keys(FOLLOWED))).to.deep.equal(["drills/unplanned/unplanned.ts"]);
  });

  it("is in the evidence by its row alone, and makes evidence of before incomplete: the contract gets a new version", () => {
    writeFileSync(path.join(folder(), "look.ts"), LOOK);
    const said = execFileSync(process.execPath, ["--import", "tsx", "look.ts"], { cwd: folder(), encoding: "utf8" });
    expect(JSON.parse(said)).to.deep.equal({
      last: "tell-operators",
      keys: ["STEP_VERIFY_STATUS", "STEP_TELL_OPERATORS_STATUS", "FAILOVER_EVIDENCE_SHA256"],
      broken: [0, 1],
    });
  });
});
