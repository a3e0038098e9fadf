import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../support/documentation/pages";
import { applyHunks, hunksOf, workedExample } from "../support/documentation/worked-examples";
import { temporaryFolder } from "../support/temporary-folder";

const PAGE = "CONTRIBUTING.md";
const RULE = "Add a rule to the verifier";
const THRESHOLD = "Add a threshold to the verifier";
const SETTING = "Add a setting";
const CELL = "Add a cell to the fault matrix";
const NOT_COPIED = new Set(["node_modules", ".git", ".report"]);

describe("the worked examples of CONTRIBUTING, followed in a copy of the checkout", function () {
  this.timeout(240_000);
  this.slow(120_000);
  const folder = temporaryFolder();
  const copy = (): string => path.join(folder(), "checkout");
  const read = (file: string): string => readFileSync(path.join(copy(), file), "utf8");

  function run(program: string, ...words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: copy(), encoding: "utf8", timeout: 200_000 });
    expect(status, stdout + stderr).to.equal(0);
    return stdout;
  }

  before(() => {
    mkdirSync(copy());
    for (const name of readdirSync(ROOT).filter((one) => !NOT_COPIED.has(one))) {
      cpSync(path.join(ROOT, name), path.join(copy(), name), {
        recursive: true,
        filter: (source) => !NOT_COPIED.has(path.basename(source)),
      });
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(copy(), "node_modules"));
    for (const heading of [RULE, THRESHOLD, SETTING, CELL]) applyHunks(copy(), workedExample(PAGE, heading));
    run("node", "--import", "./toolchain/register.mjs", "toolchain/pages/generate.ts");
  });

  it("have right types, all four together", () => {
    run("tsc", "--noEmit", "-p", ".");
  });

  it(`${RULE}: it runs, a case breaks it, and the specification lists it`, () => {
    const said = run("mocha", "tests/unit/evidence/verify/rules.test.ts");
    expect(said).to.include("outage-inside-drill: the drill took a millisecond");
    expect(read("docs/evidence-specification.md")).to.match(/^\| `outage-inside-drill` +\| in a planned drill /m);
  });

  it(`${RULE}: without a case the tests refuse it`, () => {
    const file = path.join(copy(), "tests/unit/evidence/verify/rules.test.ts");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace(/^ {2}broken\("outage-inside-drill".*\n/m, ""));
    const { status, stdout } = spawnSync("mocha", [file, "--grep", "a negative case each"], {
      cwd: copy(),
      encoding: "utf8",
    });
    writeFileSync(file, whole);
    expect(status).to.equal(1);
    expect(stdout).to.include("outage-inside-drill");
  });

  it(`${THRESHOLD}: the option is there, and the specification and the command line list it`, () => {
    expect(run("mocha", "tests/unit/evidence/verify/command.test.ts")).to.include("passing");
    expect(read("docs/CLI.md")).to.match(/^\| `--min-acknowledged-events <n>` +\| fewest events/m);
    expect(read("docs/evidence-specification.md")).to.include("| `min-acknowledged-events`");
  });

  it(`${SETTING}: it reaches the service, and the reference and the published schema list it`, () => {
    expect(run("mocha", "tests/unit/components/timescaledb.test.ts")).to.include("passing");
    expect(read("docs/CONFIGURATION.md")).to.match(/^\| `replication.checkpoint_minutes` .*\| `5` +\|$/m);
    expect(read("docs/schemas/environment.schema.json")).to.include('"checkpoint_minutes"');
  });

  it(`${CELL}: it is listed with what is expected of it`, () => {
    const cells = run("node", "--import", "./toolchain/register.mjs", "cli/main.ts", "lab", "matrix", "--list");
    expect(cells).to.match(/^planned\/redis-frozen@standby\/in-the-cut: rolled back, /m);
  });

  it("are refused where a file no longer has what they change", () => {
    const hunks = hunksOf("--- a/package.json\n+++ b/package.json\n@@\n nothing of the kind\n+more\n");
    expect(hunks).to.deep.equal([
      { file: "package.json", before: "nothing of the kind\n", after: "nothing of the kind\nmore\n" },
    ]);
    expect(() => applyHunks(copy(), hunks)).to.throw("package.json has 0 times, not once");
  });
});
