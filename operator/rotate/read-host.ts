import { isVerifierOf } from "../../drills/bootstrap/scram";
import { bounded } from "../../drills/hosts/bounded";
import type { HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { connectRedis, isWrongPassword } from "../../drills/hosts/redis";
import { connectRedisBy, isRedisPlainByItsHost, redisWaysTo } from "../../drills/hosts/redis-encryption";
import { readInContainer } from "../../drills/hosts/run-in-container";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName, filePath } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { Has } from "./plan";
import type { Account, Witness } from "./secrets";

const READ_MS = 20_000;

/** A pair's passwords with the former value, and with the new one; either may not be known. */
export interface Sides {
  readonly old: Credentials | null;
  readonly fresh: Credentials | null;
}

/** A password file as it lies on a host, and the former one beside it; null where there is none. */
export interface FoundFile {
  readonly witness: Witness;
  readonly now: string | null;
  readonly before: string | null;
}

/** Prints each file in one line of base64, `-` where there is none. */
const READ = 'for one; do if [ -f "$one" ]; then base64 <"$one" | tr -d "\\n"; echo; else echo -; fi; done';

/** The password files of a host's running containers, in memory alone. @throws Error when one cannot be read */
export async function readFiles({ docker }: HostEngine, wanted: readonly Witness[]): Promise<readonly FoundFile[]> {
  return Promise.all(
    wanted.map(async (witness): Promise<FoundFile> => {
      const files = [filePath(witness.file), filePath(`${witness.file}.before`)];
      const said = await readInContainer(docker, containerName(witness.container), ["sh", "-c", READ, "sh", ...files]);
      const [now, before] = said.split("\n").map((one) => (one === "-" ? null : decoded(one)));
      return { witness, now: now ?? null, before: before ?? null };
    }),
  );
}

function decoded(line: string): string {
  return Buffer.from(line, "base64").toString("utf8").replace(/\n$/, "");
}

/** Which values those files have, all of them. Pure. */
export function filesHave(found: readonly FoundFile[], { old, fresh }: Sides): Has {
  return agreed(
    found.map(({ witness: { password }, now, before }): Has => {
      const [former, coming] = [old && password(old), fresh && password(fresh)];
      if (before === null) return now === coming ? "new" : now === former ? "old" : "other";
      return now === coming && (old === null || before === former) ? "both" : "other";
    }),
  );
}

function agreed(all: readonly Has[]): Has {
  const [first = "other"] = all;
  return all.every((one) => one === first) ? first : all.includes("unknown") ? "unknown" : "other";
}

/** Which value a host's PostgreSQL has for these roles, by its own catalogue; null where the secret is none of its. */
export async function postgresHas(
  host: NamedHost,
  { docker }: HostEngine,
  accounts: readonly Account[],
  { old, fresh }: Sides,
): Promise<Has | null> {
  if (accounts.length === 0) return null;
  const server = localServer(docker, host.name);
  try {
    const sql = await bounded(`${host.name}: PostgreSQL`, READ_MS, server.open("template1"));
    const { rows } = await sql.query<{ name: string; kept: string | null }>(
      "select rolname as name, rolpassword as kept from pg_authid where rolname = any($1)",
      [accounts.map(({ name }) => name)],
    );
    return agreed(
      accounts.map(({ name, password }): Has => {
        const kept = rows.find((row) => row.name === name)?.kept ?? null;
        // A server prepares the characters of a password before it makes a verifier of it.
        const is = (all: Credentials | null): boolean =>
          all !== null && [password(all), password(all).normalize("NFKC")].some((one) => isVerifierOf(kept, one));
        return is(fresh) ? "new" : is(old) ? "old" : "other";
      }),
    );
  } catch {
    return "unknown";
  } finally {
    server.close();
  }
}

/** Which values a host's Redis takes for these users, by logging in; null where the secret is none of its. */
export async function redisHas(
  host: NamedHost,
  environment: Environment,
  accounts: readonly Account[],
  { old, fresh }: Sides,
): Promise<Has | null> {
  if (accounts.length === 0) return null;
  const clients = (fresh ?? old)?.clients;
  const takes = async ({ name, password }: Account, all: Credentials | null): Promise<boolean> => {
    if (all === null) return false;
    const opening = connectRedisBy(
      redisWaysTo(environment, clients?.understudy_drill),
      (way) => connectRedis({ address: host.address, ...way, user: name, password: password(all) }),
      () => isRedisPlainByItsHost(host),
    );
    try {
      (await bounded(`${host.name}: Redis`, READ_MS, opening)).close();
      return true;
    } catch (error) {
      if (isWrongPassword(error)) return false;
      throw error;
    }
  };
  try {
    const all = await Promise.all(
      accounts.map(async (one): Promise<Has> => {
        const [former, coming] = await Promise.all([takes(one, old), takes(one, fresh)]);
        return former && coming ? "both" : coming ? "new" : former ? "old" : "other";
      }),
    );
    return agreed(all);
  } catch {
    return "unknown";
  }
}
