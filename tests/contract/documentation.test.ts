import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { isEnvKey } from "../../evidence/env-contract";
import { environmentSchema } from "../../settings/environment";
import { STAGES as TEST_STAGES } from "../run/stages";
import { knownFlags, loneFlags, understudyCommands, usageFault } from "../support/documentation/commands";
import { configKeys, environmentHas, exampleKeys } from "../support/documentation/config-keys";
import { PAGES, RUNBOOKS, parsePage, readPage, ROOT, tablesUnder, type Page } from "../support/documentation/pages";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { deadLinks, placeExists, placesNamed } from "../support/documentation/places";

const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

const MAKE_TARGETS = [...read("Makefile").matchAll(/^([a-z]+):/gm)].map(([, target = ""]) => target);
const STAGES = TEST_STAGES.map(({ name }) => name);
const SECTIONS = Object.keys(environmentSchema.shape);
const SOURCES = globSync("{bin,cli,drills,lab,operator,tests/extended,tests/support,toolchain}/**/*", {
  cwd: ROOT,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile() && /(\.ts|\.sh|^[a-z-]+)$/.test(entry.name))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));

function words(page: Page, pattern: RegExp): readonly string[] {
  return [...page.shellLines, ...page.spans].flatMap((code) =>
    [...code.matchAll(pattern)].map(([, word = ""]) => word),
  );
}

const makeTargets = (page: Page): readonly string[] => words(page, /\bmake ([a-z][\w-]*)/g);
/** A key behind `~` is one of Redis, in the rules of its users. */
const keysNamed = (page: Page): readonly string[] => words(page, /(?<!~)\bunderstudy:([A-Za-z][\w.]*)/g);
const stagesNamed = (page: Page): readonly string[] =>
  words(page, /^bin\/run-tests ([a-z0-9 ]+)$/g).flatMap((line) => line.trim().split(" "));
/** Fields of the environment file in code spans, such as `policy.retention_days`; `redis.conf` is a file. */
const fieldsNamed = ({ spans }: Page): readonly string[] =>
  spans.filter(
    (span) =>
      SECTIONS.some((section) => span.startsWith(`${section}.`)) && /^[\w.]+$/.test(span) && !span.endsWith(".conf"),
  );
const evidenceKeys = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/\b(?:FAILOVER|DATA_SYNC|STEP)_[A-Z0-9_]+\b/g)].map(([key]) => key);

describe("the documentation runs", function () {
  // Every command of a page is read by the program: of the longest page that takes seconds on a busy machine.
  this.timeout(60_000);

  for (const file of PAGES) {
    describe(file, () => {
      const page = readPage(file);

      it("names only make targets that the Makefile has", () => {
        expect(MAKE_TARGETS).to.include.members([...makeTargets(page)]);
      });

      it("writes only understudy commands that are understood, flag by flag", () => {
        const wrong = understudyCommands(page).flatMap((command) => {
          const fault = usageFault(command);
          return fault === undefined ? [] : [`understudy ${command.join(" ")}: ${fault}`];
        });
        expect(wrong).to.deep.equal([]);
        const flags = new Set([...knownFlags(), "--only", "--print-env", "--expect-no-changes", "--path", "--help"]);
        expect(loneFlags(page).filter((flag) => !flags.has(flag))).to.deep.equal([]);
      });

      it("names only files and folders that are there", () => {
        expect(placesNamed(page).filter((place) => !placeExists(place))).to.deep.equal([]);
      });

      it("has no dead relative link", () => {
        expect(deadLinks(page)).to.deep.equal([]);
      });

      it("names only config keys that the settings read, and only fields that the environment file has", () => {
        const known = new Set([...configKeys(), ...exampleKeys()]);
        expect(keysNamed(page).filter((key) => !known.has(key))).to.deep.equal([]);
        expect(fieldsNamed(page).filter((field) => !environmentHas(field))).to.deep.equal([]);
      });

      it("names only evidence keys of the contract", () => {
        expect(evidenceKeys(page).filter((key) => !isEnvKey(key))).to.deep.equal([]);
      });

      it("names only test stages and environment variables that are there", () => {
        expect(STAGES).to.include.members([...stagesNamed(page)]);
        const variables = page.text.match(/\bUNDERSTUDY_[A-Z_]+\b/g) ?? [];
        expect(variables.filter((name) => !SOURCES.some((source) => source.includes(name)))).to.deep.equal([]);
      });

      it("has no absolute path of a machine, and nothing left to fill in", () => {
        expect(page.text).not.to.match(/\/(work|root|home)\//);
        const toFillIn = page.text.replaceAll(/^```diff\n.*?^```$/gms, "").match(/@@|TODO|TBD|FIXME/g);
        expect(toFillIn).to.equal(null);
      });
    });
  }

  describe("completeness", () => {
    it("CONTRIBUTING has every make target", () => {
      expect(new Set(makeTargets(readPage("CONTRIBUTING.md")))).to.include.all.keys(...MAKE_TARGETS);
    });

    it("README is at most 160 lines, ARCHITECTURE at most 200, and a table of steps is in two places, both generated", () => {
      expect(read("README.md").split("\n").length - 1).to.be.at.most(160);
      expect(read("ARCHITECTURE.md").split("\n").length - 1).to.be.at.most(200);
      const pages = PAGES.filter((file) => tablesUnder(readPage(file), "step", "what it does").length > 0);
      // The second is generated, with what the first leaves out.
      expect(pages).to.deep.equal(["README.md", "docs/design/steps.md"]);
    });

    it("every runbook has the flow: bootstrap, then failover, then verify, each with commands", () => {
      expect(RUNBOOKS).to.include.members(["docs/OPERATIONS_MANUAL.md", "docs/SYSTEMD_DEPLOYMENT_RUNBOOK.md"]);
      for (const file of RUNBOOKS) {
        const headings = read(file).match(/^#{2,3} (Flow: .*|Bootstrap|Failover|Verify)$/gm);
        expect(headings, file).to.deep.equal([
          "## Flow: bootstrap, failover, verify",
          "### Bootstrap",
          "### Failover",
          "### Verify",
        ]);
        for (const part of ["Bootstrap", "Failover", "Verify"]) {
          expect(blocksUnder(file, part), `${file}: ${part}`).not.to.deep.equal([]);
        }
      }
    });

    it("CONTRIBUTING has every test stage", () => {
      const [stages] = tablesUnder(readPage("CONTRIBUTING.md"), "stage");
      expect(stages?.map(([stage]) => stage)).to.deep.equal(STAGES);
    });
  });

  describe("negative controls: what these checks must catch", () => {
    const bad = parsePage(
      "docs/bad.md",
      [
        "`make nonsense` `understudy:nothing` `policy.nothing` `drills/nothing.ts` `nothing.yaml` `docs/results/nothing.env` `--no-such-flag`",
        "[a](nothing.md) [b](../README.md#nothing) [c](../README.md) FAILOVER_NOTHING",
        "```sh",
        "bin/understudy verify --evidens x # a comment",
        "bin/understudy nothing && understudy failover --output yaml",
        "understudy release",
        "```",
      ].join("\n"),
    );

    it("unknown targets, keys, places, flags and links", () => {
      expect(makeTargets(bad)).to.deep.equal(["nonsense"]);
      expect(configKeys().has(keysNamed(bad)[0] ?? "")).to.equal(false);
      expect(placesNamed(bad).filter((place) => !placeExists(place))).to.deep.equal([
        "docs/results/nothing.env",
        "drills/nothing.ts",
        "nothing.yaml",
      ]);
      expect(loneFlags(bad).filter((flag) => knownFlags().has(flag))).to.deep.equal([]);
      expect(loneFlags(bad)).to.deep.equal(["--no-such-flag"]);
      expect(deadLinks(bad)).to.deep.equal(["nothing.md", "../README.md#nothing"]);
      expect(evidenceKeys(bad).filter((key) => !isEnvKey(key))).to.deep.equal(["FAILOVER_NOTHING"]);
      expect(fieldsNamed(bad)).to.deep.equal(["policy.nothing"]);
      expect(["policy.nothing", "hosts.NAME.nothing"].filter((field) => environmentHas(field))).to.deep.equal([]);
    });

    it("commands that would be refused: unknown flag, verb and choice, missing argument", () => {
      const commands = understudyCommands(bad);
      expect(commands).to.have.length(4);
      expect(commands.filter((command) => usageFault(command) === undefined)).to.deep.equal([]);
    });
  });
});
