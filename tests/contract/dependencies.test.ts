import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const ROOT = path.resolve(__dirname, "../..");

/**
 * The layers, the lowest first: a file imports from its own folder and from lower layers. Folders of one row know nothing
 * of each other. A folder is the longest of these that a file lies in.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["settings"],
  ["components", "evidence"],
  ["drills/hosts"],
  ["drills/probe", "drills/services", "agent", "doors"],
  ["drills/clients"],
  ["drills/engine"],
  ["drills/planned", "drills/unplanned", "drills/rejoin", "drills/bootstrap"],
  ["drills"],
  ["operator", "index.ts"],
  ["lab"],
  ["cli"],
  ["toolchain"],
];

/** What only some may import, although it is lower: nobody else has any business with what stands on a host. */
const ONLY_FOR: Readonly<Record<string, readonly string[]>> = { components: ["index.ts"] };

/** The modules that the pure layer may use: no process, no network, no engine. */
const PURE = /^(node:(crypto|fs|fs\/promises|path|util)|yaml|zod)$/;

/** Packages that one file alone may use, and which: commands over SSH are for a bare host, before its first container. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "@opentelemetry/api": "operator/traces/serialise-trace.ts",
  "@opentelemetry/otlp-transformer": "operator/traces/serialise-trace.ts",
  "@opentelemetry/resources": "operator/traces/serialise-trace.ts",
  "@opentelemetry/sdk-trace": "operator/traces/serialise-trace.ts",
  "@pulumi/command": "components/host-preparation.ts",
  "@peculiar/x509": "settings/certificates/issue.ts",
  nodemailer: "operator/notify/send-mail.ts",
  "reflect-metadata": "settings/certificates/issue.ts",
};

const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bload\()\s*"([^"\s]+)"/g;

type Sources = ReadonlyMap<string, string>;

function sourcesOfTheCheckout(): Sources {
  const folders = new Set(LAYERS.flat().map((folder) => folder.split("/", 1)[0] ?? ""));
  const files = [...folders].flatMap((one) =>
    globSync(one.endsWith(".ts") ? one : `${one}/**/*.ts`, { cwd: ROOT, exclude: (name) => name === "node_modules" }),
  );
  return new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")]));
}

function folderOf(file: string): string {
  const folders = LAYERS.flat().filter((folder) => file === folder || file.startsWith(`${folder}/`));
  return folders.sort((one, other) => other.length - one.length)[0] ?? "";
}

function rankOf(folder: string): number {
  return LAYERS.findIndex((row) => row.includes(folder));
}

/** The files of ours that a file imports, however it is written. */
function importsOf(file: string, sources: Sources): readonly string[] {
  return [...(sources.get(file) ?? "").matchAll(IMPORT)].flatMap(([, target = ""]) => {
    if (!target.startsWith(".")) return [];
    const place = path.posix.join(path.posix.dirname(file), target);
    return [`${place}.ts`, `${place}/index.ts`, place].filter((one) => sources.has(one)).slice(0, 1);
  });
}

/** One line for each import of something higher, of a neighbour in the same row, or of what is only for others. */
function forbiddenImports(sources: Sources): readonly string[] {
  return [...sources.keys()].flatMap((file) =>
    importsOf(file, sources)
      .filter((imported) => {
        const [from, to] = [folderOf(file), folderOf(imported)];
        if (from === to) return false;
        return rankOf(to) >= rankOf(from) || (ONLY_FOR[to] !== undefined && !ONLY_FOR[to].includes(from));
      })
      .map((imported) => `${file} imports ${imported}`),
  );
}

/** Every circle of files, each once, in the order of their imports. */
function circles(sources: Sources): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      found.push([...way.slice(way.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const imported of importsOf(file, sources)) visit(imported, [...way, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}

/** One line for each import of a package that is another file's alone. */
function importsOfOthersPackages(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) =>
    [...text.matchAll(IMPORT)]
      .map(([, target = ""]) => target.split("/", target.startsWith("@") ? 2 : 1).join("/"))
      .filter((name) => PACKAGE_OF[name] !== undefined && PACKAGE_OF[name] !== file)
      .map((name) => `${file} imports ${name}`),
  );
}

/** One line for each import by the pure layer of a module that reaches beyond files and texts. */
function impureImports(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) =>
    folderOf(file) !== "evidence"
      ? []
      : [...text.matchAll(IMPORT)]
          .filter(([, target = ""]) => !target.startsWith(".") && !PURE.test(target))
          .map(([, target = ""]) => `${file} imports ${target}`),
  );
}

describe("dependencies point one way", () => {
  const sources = sourcesOfTheCheckout();

  it("no file imports from a higher layer, nor from a neighbour of its own", () => {
    expect(sources.size).to.be.greaterThan(400);
    expect(forbiddenImports(sources)).to.deep.equal([]);
  });

  it("no files import each other in a circle", () => {
    expect(circles(sources)).to.deep.equal([]);
  });

  it("the evidence knows no host, no engine, no network and no process", () => {
    expect(impureImports(sources)).to.deep.equal([]);
  });

  it("host preparation alone uses @pulumi/command, who issues certificates the library for them, and who sends mail nodemailer", () => {
    expect(importsOfOthersPackages(sources)).to.deep.equal([]);
    for (const [name, file] of Object.entries(PACKAGE_OF)) expect(sources.get(file)).to.include(`"${name}"`);
  });

  it("the evidence knows no clock", () => {
    const clocks = [...sources].filter(
      ([file, text]) => folderOf(file) === "evidence" && /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/.test(text),
    );
    expect(clocks.map(([file]) => file)).to.deep.equal([]);
  });

  it("sees an import that is not allowed, however it is written", () => {
    for (const text of [
      'import { x } from "../../operator/x";',
      'import type { x } from "../../operator/x";',
      'export * from "../../operator/x";',
      'import "../../operator/x";',
      'const x = await import("../../operator/x");',
      'const x = require("../../operator/x");',
      'const x = load("../../operator/x");',
    ]) {
      const wrong = new Map([
        ["drills/planned/y.ts", text],
        ["operator/x.ts", ""],
      ]);
      expect(forbiddenImports(wrong), text).to.deep.equal(["drills/planned/y.ts imports operator/x.ts"]);
    }
  });

  it("sees a neighbour, a component where none belongs, another's package, a circle and a process in the pure layer", () => {
    const wrong = new Map([
      ["drills/planned/a.ts", 'import "../unplanned/b";'],
      ["drills/unplanned/b.ts", 'import "./c"; import { remote } from "@pulumi/command/remote";'],
      ["drills/unplanned/c.ts", 'import "./b"; import "../../components/d";'],
      ["components/d.ts", ""],
      ["evidence/e.ts", 'import { spawn } from "node:child_process";'],
    ]);
    expect(forbiddenImports(wrong)).to.deep.equal([
      "drills/planned/a.ts imports drills/unplanned/b.ts",
      "drills/unplanned/c.ts imports components/d.ts",
    ]);
    expect(circles(wrong)).to.deep.equal(["drills/unplanned/b.ts -> drills/unplanned/c.ts -> drills/unplanned/b.ts"]);
    expect(importsOfOthersPackages(wrong)).to.deep.equal(["drills/unplanned/b.ts imports @pulumi/command"]);
    expect(impureImports(wrong)).to.deep.equal(["evidence/e.ts imports node:child_process"]);
  });
});
