import { readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { bringUp } from "../../operator/failover/bring-up";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { openSql } from "../../drills/hosts/sessions";
import { removeVolumes } from "../../operator/lifecycle/data-volumes";
import { dropIdleSlot } from "../../drills/hosts/postgres";
import { loadEnvironment } from "../../settings/load-environment";
import { ARCHIVE_SLOT, containerName, volumeName } from "../../settings/names";
import { namedHosts, viewFrom } from "../../settings/pair";
import { good } from "./lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "./lab-stacks";

/** The lab's environment file with backups. */
export const WITH_BACKUPS = "configs/deploy/environments/lab_backups.yaml";

/** Runs `understudy backup` on the pair with backups. */
export function backup(...words: string[]): Promise<Finished> {
  return understudy("backup", ...words, "--env-config", WITH_BACKUPS);
}

/** What a command printed as JSON; its exit code must be 0. */
export async function json<T>(finished: Promise<Finished>): Promise<T> {
  return JSON.parse(good(await finished).stdout) as T;
}

/** Tells both stacks which environment file declares them. */
export async function declareEnvironment(file: string): Promise<void> {
  for (const stack of ["primary", "standby"])
    good(await pulumi("-s", stack, "config", "set", "understudy:environment", file));
}

/** Brings the pair up with backups, the first of each service taken. */
export async function upWithBackups(): Promise<void> {
  await declareEnvironment(WITH_BACKUPS);
  await bringUp(loadEnvironment(WITH_BACKUPS), () => undefined);
}

/**
 * Switches them off again and leaves nothing of them on either host: no container, which the engine removes with what
 * scrapes it, no volume, which it would keep, and no slot, which would hold back the write-ahead log.
 */
export async function upWithoutBackups(): Promise<void> {
  await declareEnvironment(LAB_ENVIRONMENT);
  const environment = labEnvironment();
  await bringUp(environment, () => undefined);
  const credentials = await labCredentials();
  for (const host of namedHosts(environment)) {
    await removeVolumes(host, [volumeName("backup")]);
    const sql = await openSql(host, environment, credentials);
    await dropIdleSlot(sql, ARCHIVE_SLOT).finally(() => sql.end());
  }
}

/** Uses one host's engine. */
export async function onEngine<T>(host: string, use: (engine: HostEngine) => Promise<T>): Promise<T> {
  const engine = connectEngine(viewFrom(labEnvironment(), host).self);
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}

/** Runs a shell line in the backup container of a host; it must print something. */
export function inBackup(host: string, line: string): Promise<string> {
  return onEngine(host, async ({ docker }) =>
    (await readInContainer(docker, containerName("backup"), ["sh", "-c", line])).trim(),
  );
}

/** Writes an environment file as the one with backups, with other values in its section, and gives its name. */
export function otherBackupSection(file: string, section: Readonly<Record<string, unknown>>): string {
  const text = parse(readFileSync(WITH_BACKUPS, "utf8")) as { backup: Record<string, unknown> };
  writeFileSync(file, stringify({ ...text, backup: { ...text.backup, ...section } }));
  return file;
}
