import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { ownPackage } from "../../operator/version/own-package";
import { packCheckout, unpackInto, type PackedPackage } from "../support/package";
import { temporaryFolder } from "../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../..");
const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bload\()\s*"([^"\s]+)"/g;

/** What a package may have at its top. The last four may be left out, the others not. */
const TOP = [
  "README.md",
  "agent",
  "bin",
  "cli",
  "components",
  "configs",
  "docs",
  "doors",
  "drills",
  "evidence",
  "index.ts",
  "npm-shrinkwrap.json",
  "operator",
  "package.json",
  "program.js",
  "settings",
  "toolchain",
];
const TOP_WHERE_THERE = ["CHANGELOG.md", "LICENSE", "SECURITY.md", "THIRD_PARTY.md"];

/** The one place that loads what only a checkout has, after it has looked whether it is there. */
const LOADED_WHERE_THERE = ["cli/program.ts: ./lab/lab", "cli/program.ts: ./requirements"];

const BUILT_IN = new Set(builtinModules);

/** One line for each import of what is neither packed, nor of Node, nor a package that comes with it. */
function strayImports(texts: ReadonlyMap<string, string>, packages: readonly string[]): readonly string[] {
  return [...texts].flatMap(([file, text]) =>
    [...text.matchAll(IMPORT)]
      .map(([, target = ""]) => target)
      .filter((target) => {
        if (target.startsWith("node:") || BUILT_IN.has(target)) return false;
        if (!target.startsWith(".")) return !packages.some((one) => target === one || target.startsWith(`${one}/`));
        const place = path.posix.join(path.posix.dirname(file), target);
        return [place, `${place}.ts`, `${place}/index.ts`].every((one) => !texts.has(one));
      })
      .map((target) => `${file}: ${target}`),
  );
}

describe("the package", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let packed: PackedPackage;
  let operators: string;
  let unpacked: string;
  before(() => {
    packed = packCheckout(folder());
    operators = path.join(folder(), "pair");
    unpacked = unpackInto(operators, packed);
  });
  const read = (file: string): string => readFileSync(path.join(unpacked, file), "utf8");

  it("has what an operator needs at its top, and nothing else", () => {
    const top = new Set(packed.files.map((file) => file.split("/", 1)[0] ?? ""));
    const there = TOP_WHERE_THERE.filter((name) => readdirSync(ROOT).includes(name));
    expect([...top].sort()).to.deep.equal([...TOP, ...there].sort());
  });

  it("has no tests, no lab, no gate of the project's own, no results, and no stack of anybody's", () => {
    const unwanted =
      /(^|\/)(tests?|lab|requirements|results)\/|\.test\.|^configs\/deploy\/environments\/lab|^Pulumi|^toolchain\/(go|lib)\//;
    expect(packed.files.filter((file) => unwanted.test(file))).to.deep.equal([]);
    expect(packed.files.filter((file) => /^(toolchain|bin)\//.test(file))).to.deep.equal([
      "bin/understudy",
      "toolchain/environment.sh",
      "toolchain/register.mjs",
    ]);
  });

  it("imports nothing that is not packed with it or among its dependencies", () => {
    const sources = packed.files.filter((file) => /\.(ts|js|mjs|json)$/.test(file));
    const texts = new Map(sources.map((file) => [file, file.endsWith(".json") ? "" : read(file)]));
    const strays = strayImports(texts, Object.keys(ownPackage().dependencies));
    expect([...new Set(strays)]).to.have.members(LOADED_WHERE_THERE);
    expect(packed.files).to.include.members([
      "index.ts",
      "drills/step-entry.ts",
      "drills/bootstrap-entry.ts",
      "drills/rejoin/rejoin-entry.ts",
    ]);
  });

  it("would show an import of what is not there", () => {
    const texts = new Map([
      ["cli/a.ts", 'import { b } from "../lab/b";\nimport { expect } from "chai";\nimport "node:fs";'],
      ["cli/c.ts", 'import "./a";\nimport "zod/v4";\nconst d = require("./d");'],
    ]);
    expect(strayImports(texts, ["zod"])).to.deep.equal(["cli/a.ts: ../lab/b", "cli/a.ts: chai", "cli/c.ts: ./d"]);
  });

  it("is locked: the checkout's own versions, without what only a checkout needs", () => {
    type Lock = { packages: Record<string, { version?: string; dev?: boolean; devDependencies?: object }> };
    const own = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as Lock;
    const lock = JSON.parse(read("npm-shrinkwrap.json")) as Lock;
    const wanted = Object.entries(own.packages).filter(([name, { dev }]) => name !== "" && dev !== true);
    const { "": top, ...locked } = lock.packages;
    expect(locked).to.deep.equal(Object.fromEntries(wanted));
    expect(top).not.to.have.property("devDependencies");
    expect(locked).to.have.any.keys("node_modules/zod").and.not.have.any.keys("node_modules/mocha");
  });

  it("has a project for the operator's folder that is the checkout's own, but for where the program is", () => {
    const project = (text: string): { main: string } => parse(text) as { main: string };
    const own = project(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8"));
    expect(project(read("configs/project/Pulumi.yaml"))).to.deep.equal({
      ...own,
      main: `node_modules/understudy/${own.main}`,
    });
    for (const stack of ["Pulumi.primary.yaml", "Pulumi.standby.yaml"]) {
      expect(read(`configs/project/${stack}`)).to.equal(readFileSync(path.join(ROOT, stack), "utf8"));
    }
  });

  interface Ended {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }

  /** Runs a program in `place`, with a state and a home of its own. */
  function run(place: string, program: string, words: readonly string[], variables: NodeJS.ProcessEnv = {}): Ended {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd: place,
      encoding: "utf8",
      timeout: 60_000,
      env: {
        PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        HOME: folder(),
        UNDERSTUDY_CACHE: process.env["UNDERSTUDY_CACHE"],
        PULUMI_BACKEND_URL: `file://${folder()}`,
        PULUMI_CONFIG_PASSPHRASE: "package",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...variables,
      },
    });
    return { code: status, out: stdout, err: stderr };
  }

  const understudy = (place: string, words: readonly string[], variables?: NodeJS.ProcessEnv): Ended =>
    run(place, "/bin/sh", [path.join(unpacked, "bin/understudy"), ...words], variables);

  it("says its version", () => {
    const { code, out, err } = understudy(operators, ["--version"]);
    expect(code, err).to.equal(0);
    expect(out).to.match(new RegExp(`^understudy ${ownPackage().version}\n`));
  });

  it("lists no lab, and says in words that it has none", () => {
    const help = understudy(operators, ["--help"]);
    expect(help.out)
      .to.match(/^ {2}switchover /m)
      .and.not.match(/^ {2}(lab|requirements) /m);
    expect(understudy(operators, ["completion", "bash"]).out).not.to.match(/\blab\b/);
    expect(understudy(operators, ["lab", "up"])).to.deep.equal({
      code: 2,
      out: "",
      err: "error: the lab is not part of the package\nnext: bin/understudy lab, in a checkout of the project\n",
    });
  });

  it("refuses an older Node in words, before it loads anything, and says where there is none", () => {
    const bin = path.join(folder(), "bin");
    mkdirSync(bin);
    for (const tool of ["sh", "sed", "readlink", "dirname"]) symlinkSync(`/usr/bin/${tool}`, path.join(bin, tool));
    const next = "next: put Node.js 22 or newer first on PATH\n";
    const bare = { PATH: bin, UNDERSTUDY_CACHE: path.join(folder(), "cache") };
    expect(understudy(operators, ["--version"], bare)).to.deep.equal({
      code: 2,
      out: "",
      err: `error: understudy needs Node.js 22 or newer, and there is no node on PATH\n${next}`,
    });
    const node = path.join(bin, "node");
    writeFileSync(node, '#!/bin/sh\n[ "$*" = --version ] && echo v20.11.0 && exit\necho loaded >&2\n');
    chmodSync(node, 0o755);
    expect(understudy(operators, ["--version"], bare)).to.deep.equal({
      code: 2,
      out: "",
      err: `error: understudy needs Node.js 22 or newer, and ${node} is v20.11.0\n${next}`,
    });
  });

  it("works in the operator's folder: without a project it says how to make one, with one the engine looks there", () => {
    const environment = path.join(unpacked, "configs/deploy/environments/prodlike_multi_host.yaml");
    const words = ["settle", "--env-config", environment];
    const without = understudy(operators, words);
    expect(without.code, without.err).to.equal(2);
    expect(without.err).to.match(
      /^error: neither .*\/pair nor a folder above it has a Pulumi\.yaml of the project understudy\nnext: cp -rn /,
    );
    cpSync(path.join(unpacked, "configs/project"), operators, { recursive: true });
    const inside = path.join(operators, "notes");
    mkdirSync(inside);
    for (const place of [operators, inside]) {
      const { code, err } = understudy(place, words);
      expect(code, err).not.to.equal(0);
      expect(err, place)
        .to.match(/stack (primary|standby) .* cannot be selected/)
        .and.not.include("neither");
    }
  });

  it("is the program that the engine runs there, with the environment file of that folder", () => {
    const file = "configs/deploy/environments/prodlike_multi_host.yaml";
    const pulumi = (...words: readonly string[]): Ended => run(operators, "pulumi", [...words, "--non-interactive"]);
    expect(pulumi("stack", "init", "primary").code).to.equal(0);
    const without = pulumi("-s", "primary", "preview");
    expect(without.out).to.include(`${file} cannot be read`).and.include("understudy:postgresPassword is not set");
    mkdirSync(path.join(operators, path.dirname(file)), { recursive: true });
    cpSync(path.join(unpacked, file), path.join(operators, file));
    const { out } = pulumi("-s", "primary", "preview");
    expect(out).to.include("understudy:postgresPassword is not set").and.not.include("cannot be read");
  });
});
