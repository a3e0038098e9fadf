import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../settings/environment";
import { loadEnvironment } from "../../settings/load-environment";
import { namedHosts } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import { pairCertificates, type CertificatesOutcome } from "../certificates/certificates";
import { diagnose, type Diagnosis } from "../doctor/doctor";
import type { Finding } from "../doctor/finding";
import { hostFindings } from "../doctor/host-findings";
import { ownerFindings } from "./owner-findings";
import { checkedText, collectAnswers, refuseOtherFlags, type Ask, type InitFlags } from "./answers";
import { ENVIRONMENT_FILE } from "./environment-text";
import { makeStacks, type StackMade } from "./make-stacks";
import { linkProgram, PROGRAM, wantedFiles, writeMissing, type FileOutcome } from "./project-files";

/** What `understudy init` is asked for. It works in the folder that this process works in. */
export interface InitOptions {
  readonly flags: InitFlags;
  readonly singleHost: boolean;
  /** Whether the pair gets certificates: then it is encrypted from its first start. */
  readonly certificates: boolean;
  /** Ask no host anything. */
  readonly offline: boolean;
  /** Version of the SDK that this project is built with. */
  readonly pinnedPulumi: string;
}

/** What was made, what was there, and how the hosts are. No secret is in it. */
export interface InitOutcome {
  readonly folder: string;
  readonly environment: string;
  readonly files: readonly FileOutcome[];
  /** Whether the program is linked into the folder; else it is installed there. */
  readonly linked: boolean;
  readonly stacks: readonly StackMade[];
  /** SSH, clock, engine and disk of each host; empty when none was asked. */
  readonly hosts: readonly Finding[];
  /** What became of the certificates; null where none were made now. */
  readonly certificates: CertificatesOutcome | null;
  /** What was left out, and why. */
  readonly skipped: readonly string[];
  /** What `doctor` says at the end; null when no host was asked. */
  readonly diagnosis: Diagnosis | null;
  readonly good: boolean;
  readonly next: string;
}

/** What a run says while it works. */
export interface InitWatch {
  phase(words: string): void;
  file(outcome: FileOutcome): void;
}

/**
 * Makes a pair's folder: environment file, stacks with every secret, certificates. It writes only what is missing, so the
 * same command finishes what was cut off. No host is changed.
 * @throws UserError, exit code 2, naming the field or the file, before anything is written
 */
export async function initPair(options: InitOptions, ask: Ask, watch: InitWatch): Promise<InitOutcome> {
  const folder = process.cwd();
  refuseProgramsFolder(folder);
  const described = existsSync(ENVIRONMENT_FILE) ? known(options.flags) : await newEnvironment(options, ask);
  const hosts = Object.fromEntries(namedHosts(described.environment).map(({ stack, name }) => [stack, name]));
  const wanted = wantedFiles(described.text, hosts, described.environment.pulumi.backend ?? "");
  const files = await writeMissing(folder, wanted);
  for (const one of files) watch.file(one);
  const linked = await linkProgram(folder);
  const environment = loadEnvironment(ENVIRONMENT_FILE);
  const stacks = await makeStacks(environment, (words) => watch.phase(words));
  const made = { folder, environment: environment.name, files, linked, stacks };
  if (!options.offline) return { ...made, ...(await finish(environment, options, watch)) };
  return {
    ...made,
    ...{ hosts: [], certificates: null, diagnosis: null, good: true },
    skipped: ["--offline: no host was asked, no certificate was made"],
    next: "understudy init: it asks the hosts, makes the certificates and ends with doctor",
  };
}

interface Described {
  readonly text: string;
  readonly environment: Environment;
}

function known(flags: InitFlags): Described {
  const environment = loadEnvironment(ENVIRONMENT_FILE);
  refuseOtherFlags(flags, environment, ENVIRONMENT_FILE);
  return { text: readFileSync(ENVIRONMENT_FILE, "utf8"), environment };
}

async function newEnvironment({ flags, singleHost }: InitOptions, ask: Ask): Promise<Described> {
  const answers = await collectAnswers(flags, singleHost, ask);
  const template = singleHost ? "single_host.yaml" : "prodlike_multi_host.yaml";
  const shipped = readFileSync(path.join(PROGRAM, "configs/deploy/environments", template), "utf8");
  return checkedText(shipped, answers, ENVIRONMENT_FILE);
}

type Ending = Pick<InitOutcome, "hosts" | "certificates" | "skipped" | "diagnosis" | "good" | "next">;

/** What needs the hosts: SSH and engine, the certificates, and everything that `doctor` looks at. */
async function finish(environment: Environment, options: InitOptions, watch: InitWatch): Promise<Ending> {
  watch.phase("asking every host: SSH, clock, engine, disk");
  const named = namedHosts(environment);
  const looked = await Promise.all(
    named.map(async (host) => [...(await hostFindings(host)), ...(await ownerFindings(host, environment))]),
  );
  const hosts = looked.flat();
  const wrong = hosts.find(({ state }) => state !== "good");
  if (wrong !== undefined) {
    const skipped = ["the certificates and doctor: a host is not ready"];
    const next = `${wrong.fix ?? "understudy doctor"}; then understudy init, which goes on from here`;
    return { hosts, certificates: null, skipped, diagnosis: null, good: false, next };
  }
  const certificates = options.certificates ? await makeCertificates(environment, watch) : null;
  const skipped = options.certificates ? [] : ["--no-certificates: the stores are not encrypted"];
  watch.phase("doctor: looking at this machine, the stacks and every host");
  const diagnosis = await diagnose(environment, ENVIRONMENT_FILE, options.pinnedPulumi);
  const good = diagnosis.good && certificates?.good !== false;
  const fix = diagnosis.findings.find(({ state }) => state !== "good")?.fix;
  const next = good ? "understudy up" : `${fix ?? certificates?.next ?? "understudy doctor"}; then understudy doctor`;
  return { hosts, certificates, skipped, diagnosis, good, next };
}

function makeCertificates(environment: Environment, watch: InitWatch): Promise<CertificatesOutcome> {
  watch.phase("making the certificates");
  const options = { environment, environmentFile: ENVIRONMENT_FILE, execute: true, step: undefined };
  return pairCertificates(options, (words) => watch.phase(words));
}

/** @throws UserError, exit code 2, in a folder of the program: an upgrade would meet the operator's files there */
function refuseProgramsFolder(folder: string): void {
  const below = path.relative(PROGRAM, folder);
  const inside = below === "" || !(below.startsWith("..") || path.isAbsolute(below));
  if (!inside && !isProgram(folder)) return;
  throw new UserError(
    `${folder} is a folder of the program: an upgrade would meet your files there`,
    `understudy init ${path.join(path.dirname(PROGRAM), "pair")}`,
    2,
  );
}

/** Another checkout of the program. */
function isProgram(folder: string): boolean {
  return ["program.js", "index.ts", "settings/environment.ts"].every((name) => existsSync(path.join(folder, name)));
}
