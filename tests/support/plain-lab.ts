import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { Encryption } from "../../settings/encryption";
import { good } from "./lab-pair";
import { LAB_ENVIRONMENT, pulumi, understudy } from "./lab-stacks";
import { declareEnvironment } from "./lab-with-backups";

/** The lab without encryption, from which a pair goes to encryption. */
export const LAB_PLAIN = "configs/deploy/environments/lab_plain.yaml";

/** Writes an environment file as `from`, with another mode of encryption, into a folder; gives its name. */
export function fileInMode(folder: string, mode: Encryption, from = LAB_ENVIRONMENT): string {
  const file = path.join(folder, `${mode}.yaml`);
  writeFileSync(file, stringify({ ...(parse(readFileSync(from, "utf8")) as object), encryption: mode }));
  return file;
}

/** Lets both stacks declare an environment file, and brings the pair up by it. */
export async function upAs(file: string): Promise<void> {
  await declareEnvironment(file);
  good(await understudy("up", "--env-config", file, "--execute"));
}

/** Takes the pair's certificates out of both stacks' config, and the CA's key. A key that is not there is passed over. */
async function forgetCertificates(): Promise<void> {
  for (const [stack, key] of [
    ["primary", "certificates"],
    ["standby", "certificates"],
    ["primary", "caKey"],
  ] as const)
    await pulumi("-s", stack, "config", "rm", `understudy:${key}`);
}

/**
 * Makes the lab's pair a plain one, whose stacks have no certificates: as it is meant, servers that take both come before
 * those that take plain alone.
 */
export async function makePlain(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "understudy-plain-"));
  try {
    await upAs(fileInMode(folder, "accepted"));
    await upAs(LAB_PLAIN);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await forgetCertificates();
}

/** Makes it the lab that it is by default again, from whichever mode: encrypted, with certificates in both stacks. */
export async function makeEncrypted(): Promise<void> {
  await declareEnvironment(LAB_ENVIRONMENT);
  good(await understudy("certificates", "--env-config", LAB_ENVIRONMENT, "--execute"));
  await upAs(LAB_ENVIRONMENT);
}
