import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import { volumeName } from "../../settings/names";
import { STORE_NAMES } from "../../settings/services";
import { bringUpPair } from "../host/bring-up-pair";
import { LAB_FILES, type LabHost } from "../host/layout";
import type { LabPair } from "../host/lab-pair";
import type { Progress } from "../host/progress";
import { CHECKOUT } from "../host/project";
import { attempt, LabError, run, type RunResult } from "../host/run";
import { labPulumiEnv, plainConfig } from "../host/stacks";
import { advisedCommands } from "./advice";

const VERB_MS = 300_000;
const REFUSED = 3;

/** The service whose memory is declared otherwise: a plain `up` would replace its container on both hosts. */
const CHANGED = ["services", "loki", "memory_mib"] as const;

function understudy(...words: readonly string[]): Promise<RunResult> {
  return attempt("bin/understudy", words, { cwd: CHECKOUT, timeoutMs: VERB_MS });
}

/** Lets both stacks declare an environment file with one field changed. Nothing is brought up. @returns the file */
export function declareChange(pair: LabPair, folder: string): string {
  const document = parseDocument(readFileSync(path.join(CHECKOUT, labFile()), "utf8"));
  document.setIn(CHANGED, Number(document.getIn(CHANGED)) + 1);
  const file = path.join(folder, "changed.yaml");
  writeFileSync(file, document.toString());
  pair.declareEnvironment(file);
  return file;
}

function labFile(): string {
  return plainConfig({ name: "host-a", stack: "primary" })["understudy:environment"] ?? "";
}

/** Lets both stacks declare the lab's environment file again, and brings the pair up by it. @throws UserError when it does not come up */
export async function takeChangeBack(pair: LabPair, progress: Progress): Promise<void> {
  pair.declareEnvironment(labFile());
  await bringUpPair(pair.environment, progress);
}

/**
 * The pair is taken down, its primary's two data volumes are lost, and the operator brings it up: that must be refused. The
 * first command of the way back that the refusal names is run, which starts the other host's stores; the drill is the second.
 * @throws LabError when `up` begins beside the other host's data, or does not name the way back
 */
export async function emptyPrimary(primary: LabHost, progress: Progress): Promise<void> {
  const down = await understudy("down", "--execute");
  if (down.code !== 0) throw new LabError(`down ended with ${down.code ?? "no exit code"}: ${down.stderr.trim()}`);
  const volumes = STORE_NAMES.map(volumeName);
  await run("docker", ["-H", `unix://${primary.socket}`, "volume", "rm", ...volumes]);
  progress(`${primary.name} has lost ${volumes.join(" and ")}`);
  const up = await understudy("up", "--execute");
  if (up.code !== REFUSED) throw new LabError(`up ended with ${up.code ?? "no exit code"}, and must be refused`);
  const [start] = advisedCommands(up.stderr);
  if (start?.startsWith("pulumi ") !== true) throw new LabError(`up names no way back: ${up.stderr.trim()}`);
  await run("sh", ["-c", `${start} --yes --skip-preview --non-interactive`], {
    ...{ cwd: LAB_FILES.project, env: labPulumiEnv(), timeoutMs: VERB_MS },
  });
}
