import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Readable } from "node:stream";
import type { Stack } from "@pulumi/pulumi/automation";
import { detachedPulumi } from "../../operator/failover/detached-pulumi";
import { text } from "node:stream/consumers";

const CHECKOUT = path.resolve(__dirname, "../..");
const WITH_TOOLS = 'eval "$("$0/toolchain/setup.sh" --print-env)"; exec pulumi "$@" --non-interactive';

/** How one `pulumi` command ended, and what it printed. */
export interface PulumiRun {
  readonly code: number | null;
  readonly out: string;
  readonly all: string;
}

/** An engine at work. */
export type StartedEngine = ChildProcessByStdio<null, Readable, Readable>;

/** A Pulumi project with a state of its own in `folder`; its program is one exported function of this checkout. */
export class ScratchStack {
  readonly #project: string;

  /** @param variables of the engine, such as those of another backend than the folder `state` */
  constructor(
    private readonly folder: string,
    program: { readonly file: string; readonly name: string },
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    this.#project = path.join(folder, "project");
    for (const name of ["project", "state", "home"]) mkdirSync(path.join(folder, name));
    for (const name of [
      "components",
      "drills",
      "settings",
      "configs",
      "tests",
      "node_modules",
      "package.json",
      "tsconfig.json",
    ])
      symlinkSync(path.join(CHECKOUT, name), path.join(this.#project, name));
    // As the product's own program: with a loader that leaves the modules of others as they are.
    const loader = pathToFileURL(path.join(CHECKOUT, "toolchain/register.mjs")).href;
    const options = `options: { typescript: false, nodeargs: "--import ${loader}" }`;
    this.#write("Pulumi.yaml", `name: understudy\nruntime:\n  name: nodejs\n  ${options}\nmain: index.ts\n`);
    this.#write("index.ts", `import { ${program.name} } from "./${program.file}";\nexport = ${program.name};\n`);
  }

  #write(name: string, content: string): void {
    writeFileSync(path.join(this.#project, name), content);
  }

  /** Runs one command of the engine; a code other than 0 is an answer, not an error. */
  async pulumi(...words: readonly string[]): Promise<PulumiRun> {
    const child = this.start(...words);
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    return { code, out, all: out + err };
  }

  /** Starts one command of the engine, in a process group of its own: its process is the engine's. */
  start(...words: readonly string[]): StartedEngine {
    return spawn("sh", ["-c", WITH_TOOLS, CHECKOUT, ...words], {
      cwd: this.#project,
      env: { ...process.env, ...this.#environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Runs one command that must do what it says. @throws Error with everything that it said when its code is not 0 */
  async must(...words: readonly string[]): Promise<PulumiRun> {
    const run = await this.pulumi(...words);
    if (run.code !== 0) throw new Error(`pulumi ${words.join(" ")}: ${run.all}`);
    return run;
  }

  /** A file of the project's folder. */
  file(name: string): string {
    return path.join(this.#project, name);
  }

  /**
   * The same stack as the verbs have it; the tools must be on this process's PATH.
   * @param passphraseFile where the passphrase stands, as an environment file names it; else it is given itself
   */
  async open(stackName: string, passphraseFile?: string): Promise<Stack> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation");
    const { PULUMI_CONFIG_PASSPHRASE: passphrase = "", ...others } = this.#environment;
    if (passphraseFile !== undefined) writeFileSync(passphraseFile, passphrase);
    const envVars =
      passphraseFile === undefined ? this.#environment : { ...others, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile };
    return LocalWorkspace.selectStack(
      { stackName, workDir: this.#project },
      { envVars, pulumiCommand: await detachedPulumi() },
    );
  }

  get #environment(): Record<string, string> {
    return {
      NODE_OPTIONS: "",
      PULUMI_HOME: path.join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "scratch",
      ...this.variables,
    };
  }
}
