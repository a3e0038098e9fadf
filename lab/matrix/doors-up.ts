import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseDocument } from "yaml";
import { bringUp } from "../../operator/failover/bring-up";
import { LAB_ENVIRONMENT } from "../host/stacks";
import type { LabPair } from "../host/lab-pair";
import { LAB_HOSTS } from "../host/layout";
import type { Progress } from "../host/progress";
import { CHECKOUT } from "../host/project";
import { attempt, LabError } from "../host/run";
import { messageOf } from "../../settings/user-error";
import { userMayWrite } from "./door-clients";

const VERB_MS = 600_000;
/** Each host gets its front in the first run; from the second on the other one is asked through it. */
const ROUNDS = 2;

async function verb(...words: readonly string[]): Promise<void> {
  const { code, stderr } = await attempt("bin/understudy", words, { cwd: CHECKOUT, timeoutMs: VERB_MS });
  if (code === 0) return;
  const why = stderr.trim().split("\n").slice(-3).join(" / ");
  throw new LabError(
    `understudy ${words[0] ?? ""} ended with ${code ?? "no exit code"}: ${why}; next: understudy status`,
  );
}

/**
 * Brings the lab's pair up with doors: both stacks declare the file, the pair gets certificates, and each host its door.
 * @param pair whose environment is read from `file`
 */
export async function doorsUp(pair: LabPair, file: string, progress: Progress): Promise<void> {
  progress(`the pair is brought up by ${file}`);
  pair.declareEnvironment(file);
  await verb("certificates", "--env-config", file, "--execute");
  for (let round = 0; round < ROUNDS; round += 1) await verb("up", "--env-config", file, "--execute");
  pair.forget();
}

/**
 * Leaves the pair as it was without doors: servers that take both ways come before those that take plain ones alone, and no
 * certificate is left in a stack's config.
 * @param lab the pair by the lab's own environment file
 */
export async function doorsDown(lab: LabPair, progress: Progress): Promise<void> {
  progress("the pair is brought up without doors");
  await userMayWrite(lab.environment, false).catch((error: unknown) => progress(messageOf(error)));
  const folder = mkdtempSync(path.join(tmpdir(), "understudy-matrix-"));
  try {
    const document = parseDocument(readFileSync(path.join(CHECKOUT, LAB_ENVIRONMENT), "utf8"));
    document.setIn(["encryption"], "accepted");
    const both = path.join(folder, "accepted.yaml");
    writeFileSync(both, document.toString());
    for (const file of [both, LAB_ENVIRONMENT]) {
      lab.declareEnvironment(file);
      await verb("up", "--env-config", file, "--execute");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const { stack } of LAB_HOSTS) lab.forgetConfig(stack, ["certificates", "caKey"]);
  lab.forget();
  await bringUp(lab.environment, progress);
}
