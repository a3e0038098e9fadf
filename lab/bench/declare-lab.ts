import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { parse, parseDocument, stringify } from "yaml";
import { openStacks } from "../../operator/failover/pair-stacks";
import { bringUp } from "../../operator/failover/bring-up";
import type { Credentials } from "../../settings/credentials";
import { encryptionOf, type Encryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { LAB_FOLDER } from "../../settings/lab-folder";
import { loadEnvironment } from "../../settings/load-environment";
import { makeCertificates } from "../host/certificates";
import { LAB_HOSTS } from "../host/layout";
import type { Progress } from "../host/progress";
import { stackConfigFile } from "../host/project";
import { LabError } from "../host/run";
import { declareEnvironment, type DeclaredLab } from "./backups/alternate-swaps";

/** Where a series keeps environment files of its own: they outlive the command, since the stacks may still name one. */
const OWN_FILES = path.join(LAB_FOLDER, "bench");

/** The file of an environment, read. @throws EnvironmentError when it cannot be used */
export function declaredLab(file: string): DeclaredLab {
  return { file, environment: loadEnvironment(file) };
}

/** The environment file that the lab's stacks declare now. @throws LabError when they declare none, or different ones */
export function declaredFile(): string {
  const files = LAB_HOSTS.map(({ stack }): unknown =>
    parseDocument(readFileSync(stackConfigFile(stack), "utf8")).getIn(["config", "understudy:environment"]),
  );
  const [first] = files;
  if (typeof first === "string" && files.every((one) => one === first)) return first;
  throw new LabError(`the lab's stacks declare ${files.map(String).join(" and ")}; next: understudy lab up`);
}

/** The passwords and certificates of the lab's pair. */
export async function credentialsIn(environment: Environment): Promise<Credentials> {
  return (await openStacks(environment)).credentials;
}

/** Modes that a pair passes on its way: plain servers cannot follow while others take encrypted sessions alone. Pure. */
export function modesBetween(from: Encryption, to: Encryption): readonly Encryption[] {
  return to === "plain" && (from === "used" || from === "required") ? ["accepted"] : [];
}

/** An environment file's own values, by the first level of names. */
type Values = Readonly<Record<string, unknown>>;

/** Writes an environment file as another one, but for some values. @returns its name */
export function otherFile(name: string, file: string, values: Values | ((own: Values) => Values)): string {
  mkdirSync(OWN_FILES, { recursive: true });
  const own = parse(readFileSync(file, "utf8")) as Values;
  const target = path.join(OWN_FILES, `${name}.yaml`);
  writeFileSync(target, stringify({ ...own, ...(typeof values === "function" ? values(own) : values) }));
  return target;
}

/**
 * Lets both stacks declare this lab and brings them up, by way of what has to come between. Encrypted, it is brought up
 * twice: from the second time on each host asks the other one through its front.
 * @throws UserError when one does not come up
 */
export async function declareAndUp(lab: DeclaredLab, progress: Progress): Promise<void> {
  const before = loadEnvironment(declaredFile());
  const has = (await credentialsIn(lab.environment)).clients !== undefined;
  const [from, to] = [encryptionOf(before, has), encryptionOf(lab.environment, has)];
  for (const mode of modesBetween(from, to)) {
    const file = otherFile(mode, lab.file, { encryption: mode });
    progress(`on the way from ${from} to ${to}: encryption ${mode}`);
    declareEnvironment(file);
    await bringUp(loadEnvironment(file), progress);
  }
  declareEnvironment(lab.file);
  // Doors have a certificate of their own, which a lab that was made without them lacks.
  if (has && to !== "plain") await makeCertificates(lab.file, progress);
  await bringUp(lab.environment, progress);
  if (to !== "plain" && (from === "plain" || (lab.environment.clients !== undefined && before.clients === undefined)))
    await bringUp(lab.environment, progress);
}

/** Declares what was declared before, and brings it up; a failure is told, and does not hide what was measured. */
export async function declareAgain(file: string, progress: Progress): Promise<void> {
  if (declaredFile() === file) return;
  progress(`the lab is declared as before: ${file}`);
  await declareAndUp(declaredLab(file), progress);
}

/** The one-minute average of processes that run or wait to run. */
export function loadAverage(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
