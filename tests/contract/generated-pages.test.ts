import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { understudyProgram } from "../../cli/program";
import { ENVIRONMENT_VARIABLES, EXIT_CODES } from "../../cli/reference";
import { publishedSchemas } from "../../evidence/schemas/published-schemas";
import { drillConfigSchema } from "../../settings/drill-config";
import { environmentSchema } from "../../settings/environment";
import { COMMAND_LINE, commandLinePage } from "../../toolchain/pages/cli-page";
import { CONFIGURATION } from "../../toolchain/pages/configuration-page";
import { generatedFiles, PARTS } from "../../toolchain/pages/generated-files";
import { markdownTable, withFlagsAsCode, withParts } from "../../toolchain/pages/markdown";
import { schemaLeaves } from "../../toolchain/pages/schema-leaves";
import { knownFlags } from "../support/documentation/commands";
import { configKeys } from "../support/documentation/config-keys";

const ROOT = path.resolve(__dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

describe("what is generated is current: npm run generate", () => {
  for (const [file, text] of generatedFiles()) {
    it(file, () => {
      expect(read(file)).to.equal(text);
    });
  }

  it("and no schema is published that nobody generates", () => {
    expect(globSync("docs/schemas/*", { cwd: ROOT })).to.have.members([...publishedSchemas().keys()]);
  });

  it("and a page that lost the marks of a part is told so", () => {
    for (const [file, parts] of Object.entries(PARTS)) {
      const [name = ""] = Object.keys(parts);
      const page = read(file).replace(`<!-- end of ${name} -->`, "");
      expect(() => withParts(file, page, parts)).to.throw(`${file} has no marks <!-- ${name} -->`);
    }
  });

  it("on every machine the same: the caller's environment does not show", () => {
    const before = process.env["UNDERSTUDY_ENV_CONFIG"];
    process.env["UNDERSTUDY_ENV_CONFIG"] = "elsewhere.yaml";
    try {
      expect(commandLinePage()).to.equal(read(COMMAND_LINE));
    } finally {
      if (before === undefined) delete process.env["UNDERSTUDY_ENV_CONFIG"];
      else process.env["UNDERSTUDY_ENV_CONFIG"] = before;
    }
  });
});

describe("the reference of the configuration", () => {
  it("has every field with its meaning, and what it may be", () => {
    const leaves = [...schemaLeaves(environmentSchema), ...schemaLeaves(drillConfigSchema)];
    expect(leaves.length).to.be.greaterThan(60);
    expect(leaves.filter(({ meaning, allowed }) => meaning === "" || allowed === "")).to.deep.equal([]);
    const paths = leaves.map(({ path: at }) => at);
    expect(paths).to.include.members(["hosts.NAME.fence.command", "policy.primary_gone_after_seconds", "nonce"]);
    expect(new Set(paths).size).to.equal(paths.length);
  });

  it("has every key of the stack's config", () => {
    const page = read(CONFIGURATION);
    const named = [...page.matchAll(/^\| `understudy:([\w.]+)`/gm)].map(([, key = ""]) => key);
    const keys = [...configKeys()].filter((key) => key !== "drill");
    expect(keys.filter((key) => !named.some((one) => one === key || one.startsWith(`${key}.`)))).to.deep.equal([]);
  });

  it("says of a field what its schema says: default, bounds, words, section, inherited meaning", () => {
    const schema = z.strictObject({
      needed: z.string().regex(/^a$/, "the letter a").describe("a letter"),
      section: z
        .strictObject({ many: z.number().int().min(2).max(3), flag: z.boolean().default(true).describe("a flag") })
        .optional()
        .describe("what may be left out"),
      named: z.record(z.string(), z.strictObject({ kind: z.enum(["x", "y"]).describe("a kind") })),
    });
    expect(schemaLeaves(schema).map((leaf) => Object.values(leaf).join(" / "))).to.deep.equal([
      "needed / a letter / the letter a / required",
      "section / what may be left out / a section / none",
      "section.many / what may be left out / whole number, 2 to 3 / required in `section`",
      "section.flag / a flag / `true`, `false` / `true`",
      "named.NAME.kind / a kind / `x`, `y` / required",
    ]);
  });

  it("does not pass over a type that it has no words for", () => {
    expect(() => schemaLeaves(z.strictObject({ when: z.date() }))).to.throw("no words are known");
  });
});

describe("the reference of the command line", () => {
  const page = read(COMMAND_LINE);

  it("has every verb and every option", () => {
    for (const { name, description } of understudyProgram().commands.map((one) => ({
      name: one.name(),
      description: one.description(),
    }))) {
      expect(page, description).to.match(new RegExp(`^## understudy ${name}( |$)`, "m"));
    }
    expect([...knownFlags()].filter((flag) => !page.includes(`\`${flag}`))).to.deep.equal([]);
  });

  it("has every exit code that the help names, and every variable that the command reads", () => {
    let help = "";
    understudyProgram()
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    const [line = ""] = /^Exit codes: .*$/m.exec(help) ?? [];
    const codes = line.match(/\d+/g) ?? [];
    expect(codes).to.include.members(["0", "1", "2", "3"]);
    expect(EXIT_CODES).to.include.all.keys(...codes);
    const sources = globSync("{cli,operator,settings}/**/*.ts", { cwd: ROOT }).map(read);
    const variables = sources.flatMap((text) =>
      [...text.matchAll(/process\.env\["([A-Z_]+)"\]/g)].map(([, name = ""]) => name),
    );
    expect(
      variables.filter((name) => !["HOME", "PATH"].includes(name) && !(name in ENVIRONMENT_VARIABLES)),
    ).to.deep.equal([]);
  });
});

describe("what the generator writes", () => {
  it("a table as prettier would, with a bar in a cell escaped", () => {
    expect(markdownTable(["a", "b"], [["one|two", "3"]])).to.equal(
      "| a        | b   |\n| -------- | --- |\n| one\\|two | 3   |\n",
    );
  });

  it("flags as code, once", () => {
    expect(withFlagsAsCode("with --execute, `--dry-run` and a-dash")).to.equal(
      "with `--execute`, `--dry-run` and a-dash",
    );
  });
});
