import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import { CREDENTIAL_KEYS } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { loadEnvironment } from "../../settings/load-environment";
import { SERVICE_PORTS } from "../../settings/services";
import { ScratchStack, type StartedEngine } from "./scratch-stack";
import { hasEnded } from "./has-ended";

const CHECKOUT = path.resolve(__dirname, "../..");
const PATTERN = "configs/deploy/environments/prodlike_multi_host.yaml";

/** A pair's project with both stacks in a backend, and hosts that do not answer: port 1 to 20 of this machine. */
export class PairOfStacks {
  readonly scratch: ScratchStack;
  /** The environment file. */
  readonly file: string;

  /**
   * @param backend what the environment file says of it
   * @param variables of the engine, such as credentials of the backend
   */
  constructor(folder: string, backend: string, variables: Readonly<Record<string, string>> = {}) {
    const program = { file: "tests/support/waiting-program", name: "waitingProgram" };
    this.scratch = new ScratchStack(folder, program, { PULUMI_BACKEND_URL: backend, ...variables });
    const passphraseFile = path.join(folder, "passphrase");
    writeFileSync(passphraseFile, "scratch");
    const environment = parseDocument(readFileSync(path.join(CHECKOUT, PATTERN), "utf8"));
    const [project] = [path.dirname(this.scratch.file("Pulumi.yaml"))];
    environment.set("pulumi", { project, backend, passphrase_file: passphraseFile });
    environment.set("ports", Object.fromEntries(SERVICE_PORTS.map(({ key }, at) => [key, at + 2])));
    for (const host of ["host-a", "host-b"]) {
      environment.setIn(["hosts", host, "docker"], "ssh://nobody@127.0.0.1:1");
      environment.setIn(["hosts", host, "address"], "127.0.0.1");
    }
    this.file = path.join(folder, "pair.yaml");
    writeFileSync(this.file, environment.toString());
  }

  get environment(): Environment {
    return loadEnvironment(this.file);
  }

  /** Makes both stacks, with secrets. @param init further words of `pulumi stack init` */
  async make(...init: readonly string[]): Promise<void> {
    const plain = (key: string, value: string): string[] => ["--plaintext", `understudy:${key}=${value}`];
    const secrets = Object.values(CREDENTIAL_KEYS).flatMap((key) => ["--secret", `understudy:${key}=a-secret`]);
    for (const [stack, host] of [
      ["primary", "host-a"],
      ["standby", "host-b"],
    ] as const) {
      await this.scratch.must("stack", "init", stack, ...init);
      const words = [...plain("host", host), ...plain("role", stack), ...plain("environment", this.file)];
      await this.scratch.must("config", "set-all", "--stack", stack, ...words, ...secrets);
    }
  }
}

/** Kills an engine as soon as it has come so far, and then what it had started. @throws Error when it ends before */
export async function killOnce(engine: StartedEngine, isSoFar: () => Promise<boolean>): Promise<void> {
  const said = Promise.all([text(engine.stdout), text(engine.stderr)]);
  try {
    while (!(await isSoFar())) {
      if (hasEnded(engine)) throw new Error(`the engine has ended: ${(await said).join("")}`);
      await sleep(100);
    }
    engine.kill("SIGKILL");
    await once(engine, "exit");
  } finally {
    endGroup(engine.pid);
  }
}

function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
