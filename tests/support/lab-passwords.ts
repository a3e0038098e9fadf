import { expect } from "chai";
import { CREDENTIAL_KEYS } from "../../settings/credentials";
import { OWN_REDIS_USER_NAMES, ownRedisPassword } from "../../settings/own-redis-users";
import { labCredentials } from "./lab-stacks";

/** Every password of the lab's pair by its name: those of its stacks' config, and those that are derived from them. */
export async function passwordsOfThePair(): Promise<Readonly<Record<string, string>>> {
  const credentials = await labCredentials();
  const told = Object.fromEntries(
    Object.entries<unknown>({ ...credentials }).filter(
      (one): one is [string, string] => typeof one[1] === "string" && one[1].length >= 16,
    ),
  );
  expect(Object.keys(told)).to.include.members(["postgres", "replication", "redis", "grafana"]);
  expect(Object.keys(CREDENTIAL_KEYS)).to.include.members(Object.keys(told));
  const derived = OWN_REDIS_USER_NAMES.map((user) => [user, ownRedisPassword(credentials, user)] as const);
  return { ...told, ...Object.fromEntries(derived) };
}
