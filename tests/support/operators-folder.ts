import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseDocument } from "yaml";
import { LAB_HOSTS } from "../../lab/host/layout";
import { stackConfigFile } from "../../lab/host/project";
import { LAB_ENVIRONMENT, type Finished } from "./lab-stacks";
import type { PackedPackage } from "./package";

const CHECKOUT = path.resolve(__dirname, "../..");

/** Where the operator's own environment file lies, from the operator's folder. */
export const OWN_ENVIRONMENT = "environments/pair.yaml";

/** A folder outside the checkout from which the lab's pair is operated with an installed package, as the pages tell an operator to. */
export class OperatorsFolder {
  constructor(readonly folder: string) {}

  /** Installs a package with the versions of its lock, from npm's own cache where that has them. */
  install({ tarball }: PackedPackage): void {
    const lock = execFileSync("tar", ["-xzOf", tarball, "package/npm-shrinkwrap.json"]);
    writeFileSync(path.join(this.folder, "package-lock.json"), lock);
    const words = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", tarball];
    execFileSync("npm", words, { cwd: this.folder, env: { ...process.env, PATH: this.#path() }, stdio: "pipe" });
  }

  /** Takes over the lab's pair: the template of a project, the stacks' config with its secrets, and the environment file, which now lie here. */
  takeOver(): void {
    cpSync(path.join(this.folder, "node_modules/understudy/configs/project"), this.folder, { recursive: true });
    const environment = parseDocument(readFileSync(path.join(CHECKOUT, LAB_ENVIRONMENT), "utf8"));
    environment.deleteIn(["pulumi", "project"]);
    mkdirSync(path.join(this.folder, path.dirname(OWN_ENVIRONMENT)));
    writeFileSync(path.join(this.folder, OWN_ENVIRONMENT), environment.toString());
    for (const { stack } of LAB_HOSTS) copyConfig(stackConfigFile(stack), this.#config(stack), OWN_ENVIRONMENT);
  }

  /** Gives the stacks' config back to the lab's own project, as it has become here. */
  giveBack(): void {
    for (const { stack } of LAB_HOSTS) copyConfig(this.#config(stack), stackConfigFile(stack), LAB_ENVIRONMENT);
  }

  /** Every file that is the operator's, with its text: all but what npm keeps. */
  files(): Readonly<Record<string, string>> {
    const own = filesIn(this.folder).filter((file) => !/^(node_modules\/|package(-lock)?\.json$)/.test(file));
    return Object.fromEntries(own.map((file) => [file, readFileSync(path.join(this.folder, file), "utf8")]));
  }

  /** Every file of the installed package, by its path in it. */
  installedFiles(): readonly string[] {
    return filesIn(path.join(this.folder, "node_modules/understudy"));
  }

  /** Runs the installed command here, with nothing of the checkout on PATH. */
  async understudy(...words: readonly string[]): Promise<Finished> {
    const child = spawn(path.join(this.folder, "node_modules/.bin/understudy"), words, {
      cwd: this.folder,
      env: { ...process.env, PATH: this.#path(), NODE_OPTIONS: "", UNDERSTUDY_ENV_CONFIG: OWN_ENVIRONMENT },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    return { code, stdout, stderr };
  }

  #config(stack: string): string {
    return path.join(this.folder, `Pulumi.${stack}.yaml`);
  }

  #path(): string {
    const others = (process.env["PATH"] ?? "").split(path.delimiter).filter((one) => !one.startsWith(CHECKOUT));
    return [path.dirname(process.execPath), ...others].join(path.delimiter);
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

function copyConfig(from: string, to: string, environment: string): void {
  const document = parseDocument(readFileSync(from, "utf8"));
  document.setIn(["config", "understudy:environment"], environment);
  writeFileSync(to, document.toString());
}
