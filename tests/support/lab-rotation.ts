import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { CertificateSecret } from "../../operator/rotate/certificates";
import { hasClients, ROTATED_NAMES } from "../../operator/rotate/secrets";
import { namedHosts } from "../../settings/pair";
import { openDefaultRedis } from "./default-redis";
import { good, untilWhole } from "./lab-pair";
import { labCredentials, labEnvironment, pulumi, understudy } from "./lab-stacks";
import { declareEnvironment, upWithoutBackups, WITH_BACKUPS } from "./lab-with-backups";
import { openSuperuser } from "./superuser";

const APPLICATION = "shop";
const KEY = "shopPassword";
const CERTIFIED: readonly CertificateSecret[] = ["certificates", "ca"];

/** What follows `understudy rotate`, for everything that it exchanges. */
export const EVERY_SECRET: readonly (readonly string[])[] = [
  ...ROTATED_NAMES.map((name) => [name]),
  ["application", APPLICATION],
  ...CERTIFIED.map((name) => [name]),
];

/** Whether one run does not end it: clients come in between. */
export function waitsForClients([name]: readonly string[]): boolean {
  return name === "ca" || name === "application" || ROTATED_NAMES.some((one) => one === name && hasClients(one));
}

/** The lab with everything that can be exchanged: backups, certificates in mode `used`, an application with both stores. */
export interface RotationLab {
  readonly environment: readonly string[];
  /** Takes it all away again. */
  end(): Promise<void>;
}

/** Brings it up. @param folder for its environment file */
export async function rotationLab(folder: string): Promise<RotationLab> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "rotation.yaml");
  const lab = parse(readFileSync(WITH_BACKUPS, "utf8")) as object;
  const shop = { password: KEY, databases: { [APPLICATION]: {} }, redis: { keys: [`${APPLICATION}:*`] } };
  writeFileSync(file, stringify({ ...lab, encryption: "used", applications: { [APPLICATION]: shop } }));
  const environment = ["--env-config", file];
  for (const stack of ["primary", "standby"])
    good(await pulumi("-s", stack, "config", "set", "--secret", `understudy:${KEY}`, "the-labs-own"));
  await declareEnvironment(file);
  good(await understudy("certificates", ...environment, "--execute"));
  good(await understudy("up", ...environment, "--execute"));
  await untilWhole("host-a");
  return { environment, end };
}

async function end(): Promise<void> {
  await upWithoutBackups();
  for (const stack of ["primary", "standby"]) await pulumi("-s", stack, "config", "rm", `understudy:${KEY}`);
  const [environment, credentials] = [labEnvironment(), await labCredentials()];
  const [primary] = namedHosts(environment);
  if (primary === undefined) return;
  const superuser = await openSuperuser(primary);
  try {
    await superuser.query(`drop database if exists "${APPLICATION}" with (force)`);
    await superuser.query(`drop role if exists "${APPLICATION}"`);
  } finally {
    await superuser.end();
  }
  for (const host of namedHosts(environment)) {
    const redis = await openDefaultRedis(host, environment, credentials);
    await redis.command("ACL", "DELUSER", APPLICATION);
    await redis.command("ACL", "SAVE");
    redis.close();
  }
}
