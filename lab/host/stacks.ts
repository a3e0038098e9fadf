import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { ConfigMap, Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { detachedPulumi } from "../../operator/failover/detached-pulumi";
import { setSecret } from "../../operator/failover/stack-state";
import { z } from "zod";
import { LAB_FILES, LAB_HOSTS, type LabHost } from "./layout";
import type { Part, Progress } from "./progress";
import { ensurePart } from "./progress";
import { stackConfigFile } from "./project";
import { LAB_PATH } from "./run";

/** Passwords that both stacks must agree on; a fresh lab generates them. */
export const SECRET_KEYS = [
  "understudy:postgresPassword",
  "understudy:replicationPassword",
  "understudy:redisPassword",
  "understudy:grafanaPassword",
  "understudy:backupPassword",
] as const;

const configSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() }).nullable();

/** Environment variables with which every Pulumi command finds the lab's stacks. */
export function labPulumiEnv(): Record<string, string> {
  return {
    PATH: LAB_PATH,
    PULUMI_BACKEND_URL: `file://${LAB_FILES.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: LAB_FILES.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** The lab's environment file, as both stacks declare it. */
export const LAB_ENVIRONMENT_FILE = "configs/deploy/environments/lab.yaml";

/** Config of one host's stack, secrets apart. */
export function plainConfig(host: Pick<LabHost, "name" | "stack">): Record<string, string> {
  return {
    "understudy:environment": LAB_ENVIRONMENT_FILE,
    "understudy:host": host.name,
    "understudy:role": host.stack,
  };
}

/**
 * Keys that `text`, the config file of a host's stack, lacks. Environment and host have one right value in the lab, so another value
 * counts as lacking; the role changes with every swap and only needs to be there.
 */
export function missingKeys(host: LabHost, text: string): readonly string[] {
  const config = configSchema.parse(parse(text))?.config ?? {};
  const plain = Object.entries(plainConfig(host)).filter(([key, value]) =>
    key === "understudy:role" ? !(key in config) : config[key] !== value,
  );
  return [...plain.map(([key]) => key), ...SECRET_KEYS.filter((key) => !(key in config))];
}

function missingInConfig(host: LabHost): readonly string[] {
  const file = stackConfigFile(host.stack);
  return missingKeys(host, existsSync(file) ? readFileSync(file, "utf8") : "");
}

function inspectStack(host: LabHost): string | undefined {
  const state = path.join(LAB_FILES.state, ".pulumi/stacks/understudy", `${host.stack}.json`);
  if (!existsSync(state)) return "not initialised";
  const missing = missingInConfig(host);
  return missing.length === 0 ? undefined : `no ${missing.join(", ")}`;
}

async function openStack(host: LabHost): Promise<Stack> {
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation");
  const where = { stackName: host.stack, workDir: LAB_FILES.project };
  const how = { envVars: labPulumiEnv(), pulumiCommand: await detachedPulumi() };
  return inspectStack(host) === "not initialised"
    ? LocalWorkspace.createStack(where, how)
    : LocalWorkspace.selectStack(where, how);
}

async function secretFrom(peers: readonly LabHost[], key: string): Promise<string> {
  for (const peer of peers) {
    if (inspectStack(peer) === "not initialised" || missingInConfig(peer).includes(key)) continue;
    return (await (await openStack(peer)).getConfig(key)).value;
  }
  return randomBytes(24).toString("base64url");
}

async function makeStack(host: LabHost): Promise<void> {
  const stack = await openStack(host);
  const peers = LAB_HOSTS.filter((one) => one !== host);
  const plain = plainConfig(host);
  const missing = missingInConfig(host);
  const config: ConfigMap = {};
  for (const key of missing) {
    const value = plain[key];
    if (value !== undefined) config[key] = { value };
  }
  if (Object.keys(config).length > 0) await stack.setAllConfig(config);
  for (const key of missing.filter((one) => plain[one] === undefined))
    await setSecret(stack, key, await secretFrom(peers, key));
}

/**
 * Initialises both Pulumi stacks in the lab's own backend and gives them what they lack: environment, host, role, and the same
 * generated passwords. What is there stays as it is.
 * @throws CommandError of Pulumi's Automation API when the `pulumi` on PATH fails.
 */
export async function labStacks(progress: Progress): Promise<void> {
  for (const host of LAB_HOSTS) {
    const part: Part = {
      name: `stack ${host.stack}`,
      inspect: () => Promise.resolve(inspectStack(host)),
      repair: () => makeStack(host),
    };
    await ensurePart(part, progress);
  }
}
