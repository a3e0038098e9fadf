import { LAB_ENVIRONMENT } from "../host/stacks";
import type { LabPair } from "../host/lab-pair";
import type { Progress } from "../host/progress";
import { CHECKOUT } from "../host/project";
import { attempt, LabError } from "../host/run";
import { messageOf } from "../../settings/user-error";
import { userMayWrite } from "./door-clients";

const VERB_MS = 600_000;

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
  await verb("up", "--env-config", file, "--execute");
  pair.forget();
}

/**
 * Leaves the pair as it was without doors. Its certificates stay: a lab has them.
 * @param lab the pair by the lab's own environment file
 */
export async function doorsDown(lab: LabPair, progress: Progress): Promise<void> {
  progress("the pair is brought up without doors");
  await userMayWrite(lab.environment, false).catch((error: unknown) => progress(messageOf(error)));
  lab.declareEnvironment(LAB_ENVIRONMENT);
  await verb("up", "--env-config", LAB_ENVIRONMENT, "--execute");
  lab.forget();
}
