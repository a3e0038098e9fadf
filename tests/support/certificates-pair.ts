import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { pairCertificates, type CertificatesOutcome } from "../../operator/certificates/certificates";
import type { ExchangeStep } from "../../operator/certificates/exchange";
import {
  parseAuthorities,
  parseCertificates,
  type Authorities,
  type StackCertificates,
} from "../../settings/certificates/stored";
import { UserError } from "../../settings/user-error";
import { PairOfStacks } from "./pair-of-stacks";
import { temporaryFolder } from "./temporary-folder";
import { toolsOnPath } from "./tools-on-path";
import { understudy, type CommandRun } from "./understudy-command";

/** As ssh to a host whose clock stands `$CLOCK` seconds off, or that does not answer; its last word is the command. */
const SSH = `#!/bin/sh
for last; do :; done
host=host-a; case "$*" in *b.example*) host=host-b ;; esac
clock=$(cat "$STAND_INS/$host")
[ "$clock" != silent ] || exit 255
case $last in date*) date -d "$clock seconds" +%s.%N ;; esac
`;

/** The engine; it notes its arguments, and fails while there is a mark, when a secret of stack \`standby\` is set. */
const PULUMI = `#!/bin/sh
printf '%s\\n' "$*" >>"$STAND_INS/arguments"
case "$*" in *"--secret"*standby*) [ ! -e "$STAND_INS/broken" ] || { echo 'error: the disk is full' >&2; exit 1; } ;; esac
exec "$REAL_PULUMI" "$@"
`;

/** The stacks of the pair. */
export const STACKS = ["primary", "standby"] as const;

/** What was done to the certificates of each host, each once. */
export const doneTo = ({ leaves }: CertificatesOutcome): readonly string[] => [
  ...new Set(leaves.map((one) => `${one.host} ${one.done}`)),
];

/** A pair of stacks of the real engine whose certificates are made; its hosts' clocks, and what breaks the engine, are a test's. */
export class CertificatesPair {
  #pair: PairOfStacks | undefined;
  #former: string | undefined;

  constructor(readonly folder: () => string) {}

  /** The stacks, and the environment file. */
  get pair(): PairOfStacks {
    return this.#pair ?? expect.fail("the pair is there in tests only");
  }

  /** A file of what stands in for ssh and the engine. */
  readonly standIn = (name: string): string => path.join(this.folder(), "stand-ins", name);

  /** Seconds that the clocks of `host-a` and `host-b` are off, or that none answers. */
  readonly clocks = (a: number | "silent", b: number | "silent"): void => {
    writeFileSync(this.standIn("host-a"), String(a));
    writeFileSync(this.standIn("host-b"), String(b));
  };

  /** Makes both stacks, and puts the stand-ins first on this process's PATH. */
  async begin(): Promise<void> {
    mkdirSync(path.join(this.folder(), "stand-ins"));
    mkdirSync(path.join(this.folder(), "pair"));
    const state = `file://${path.join(this.folder(), "pair/state")}`;
    const pair = (this.#pair = new PairOfStacks(path.join(this.folder(), "pair"), state));
    const environment = parseDocument(readFileSync(pair.file, "utf8"));
    environment.setIn(["hosts", "host-b", "docker"], "ssh://nobody@b.example:1");
    writeFileSync(pair.file, environment.toString());
    await pair.make();
    this.clocks(0, 0);
    for (const [name, script] of [
      ["ssh", SSH],
      ["pulumi", PULUMI],
    ] as const) {
      writeFileSync(this.standIn(name), script);
      chmodSync(this.standIn(name), 0o755);
    }
    const PATH = process.env["PATH"] ?? "";
    const real = PATH.split(":").find((one) => readable(one).includes("pulumi"));
    this.#former = PATH;
    process.env["STAND_INS"] = path.join(this.folder(), "stand-ins");
    process.env["REAL_PULUMI"] = `${real ?? ""}/pulumi`;
    process.env["PATH"] = `${path.join(this.folder(), "stand-ins")}:${PATH}`;
  }

  /** Puts PATH back. */
  end(): void {
    if (this.#former !== undefined) process.env["PATH"] = this.#former;
    delete process.env["STAND_INS"];
    delete process.env["REAL_PULUMI"];
  }

  /** Runs `understudy certificates` as an operator does. */
  readonly run = (...words: readonly string[]): Promise<CommandRun> =>
    understudy(this.folder(), "certificates", "--env-config", this.pair.file, ...words);

  readonly #verb = (execute: boolean, step?: ExchangeStep): Promise<CertificatesOutcome> => {
    const options = { environment: this.pair.environment, environmentFile: this.pair.file, execute, step };
    return pairCertificates(options, () => undefined);
  };

  /** The same without a process of its own; it must end well. */
  readonly good = async (execute: boolean, step?: ExchangeStep): Promise<CertificatesOutcome> => {
    const outcome = await this.#verb(execute, step);
    expect(outcome.good).to.equal(true);
    return outcome;
  };

  /** The same; it must be refused. */
  readonly refusal = async (execute: boolean, step?: ExchangeStep): Promise<UserError> => {
    const thrown: unknown = await this.#verb(execute, step).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (thrown instanceof UserError) return thrown;
    throw new Error(`it was not refused: ${String(thrown)}`);
  };

  /** The config of a stack, its secrets in clear. */
  readonly values = async (stack: string): Promise<Readonly<Record<string, { value?: string; secret: boolean }>>> =>
    JSON.parse((await this.pair.scratch.must("config", "--show-secrets", "--json", "--stack", stack)).out) as never;

  /** The certificates that a stack has. */
  readonly kept = async (stack: string): Promise<StackCertificates | undefined> => {
    const entry = (await this.values(stack))["understudy:certificates"];
    if (entry !== undefined) expect(entry.secret).to.equal(true);
    return entry?.value === undefined ? undefined : parseCertificates(entry.value);
  };

  /** The CA, and the one that comes. */
  readonly authorities = async (): Promise<Authorities | undefined> =>
    parseAuthorities((await this.values("primary"))["understudy:caKey"]?.value ?? "");

  /** The certificate of a stack's servers, PEM. */
  readonly serverOf = async (stack: string): Promise<string | undefined> =>
    (await this.kept(stack))?.leaves["server"]?.certificate;

  /** The same of both stacks. */
  readonly servers = (): Promise<readonly (string | undefined)[]> => Promise.all(STACKS.map(this.serverOf));
}

function readable(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A pair for the tests of one `describe`. */
export function certificatesPair(): CertificatesPair {
  toolsOnPath();
  const certificates = new CertificatesPair(temporaryFolder());
  before(() => certificates.begin());
  after(() => certificates.end());
  return certificates;
}
