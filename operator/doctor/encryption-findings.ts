import { bounded } from "../../drills/hosts/bounded";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { ENCRYPTION_MODES, usesEncryption, type Encryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "encryption";
const ASKED_MS = 10_000;

/** Who is connected to a host's PostgreSQL without encryption, from outside its container. */
export interface PlainClient {
  readonly role: string;
  readonly application: string;
  readonly address: string;
  readonly sessions: number;
}

/** How a host's PostgreSQL encrypts. */
export interface FoundEncryption {
  /** What its boot guard noted last. */
  readonly mode: Encryption;
  readonly encrypts: boolean;
  /** Why it does not, or does so with certificates of before; empty when there is nothing to say. */
  readonly why: string;
  /** Whether it was told to encrypt what it asks its peer, and has not seen it encrypt yet. */
  readonly waitsForPeer: boolean;
  /** Null where the server was not asked. */
  readonly plain: readonly PlainClient[] | null;
}

/** How PostgreSQL of a host encrypts, and who still comes plain; nothing where its container cannot be asked. */
export async function encryptionFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const finding = encryptionFinding(host.name, environment, await readEncryption(host, engine));
    return finding === undefined ? [] : [finding];
  } finally {
    engine.close();
  }
}

/** @returns undefined where its container cannot be asked */
export async function readEncryption(host: NamedHost, { docker }: HostEngine): Promise<FoundEncryption | undefined> {
  const folder = SERVICES.timescaledb.guardFolder;
  const words = `cat ${folder}/encryption 2>/dev/null || echo plain off; [ ! -f ${folder}/plain-peer ] || echo plain-peer`;
  const server = localServer(docker, host.name);
  try {
    const reading = readInContainer(docker, containerName("timescaledb"), ["sh", "-c", words]);
    const [noted = "", peer] = (await bounded(`${host.name}: Docker engine`, ASKED_MS, reading)).split("\n");
    const { mode, encrypts, why } = parseNote(noted);
    return {
      ...{ mode, encrypts, why, waitsForPeer: usesEncryption(mode) && peer === "plain-peer" },
      plain: await bounded(`${host.name}: PostgreSQL`, ASKED_MS, plainClients(server)).catch(() => null),
    };
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

async function plainClients(server: ReturnType<typeof localServer>): Promise<readonly PlainClient[]> {
  const sql = await server.open();
  const { rows } = await sql.query<PlainClient>(
    `select coalesce(a.usename::text, '') as role, a.application_name as application, host(a.client_addr) as address,
            count(*)::int as sessions
       from pg_stat_activity a join pg_stat_ssl s using (pid)
      where a.client_addr is not null and not a.client_addr <<= '127.0.0.0/8' and not s.ssl
      group by 1, 2, 3 order by 1, 2, 3`,
  );
  return rows;
}

/** What a boot guard noted, see `configs/guard/postgres-encryption.sh`. Pure. */
export function parseNote(line: string): Pick<FoundEncryption, "mode" | "encrypts" | "why"> {
  const [mode = "", encrypts, , ...why] = line.trim().split(" ");
  return {
    mode: ENCRYPTION_MODES.find((one) => one === mode) ?? "plain",
    encrypts: encrypts === "on",
    why: why.join(" "),
  };
}

/** What is said of how a host encrypts; undefined where nobody could say. Pure. */
export function encryptionFinding(
  host: string,
  { encryption }: Pick<Environment, "encryption">,
  found: FoundEncryption | undefined,
): Finding | undefined {
  if (found === undefined) return undefined;
  const { mode, encrypts, why, waitsForPeer, plain } = found;
  if (encryption !== undefined && encryption !== mode)
    return problem(CHECK, host, `PostgreSQL is ${mode}, the environment file says ${encryption}`, UP);
  if (mode === "plain")
    return good(CHECK, host, "PostgreSQL is plain: what goes to and from it can be read on the way");
  if (!encrypts) {
    const words = `PostgreSQL does not encrypt${mode === "required" ? ", and lets nobody in from elsewhere" : ""}: ${why}`;
    return problem(CHECK, host, words, "understudy certificates --execute, then understudy up --execute");
  }
  if (why !== "") return problem(CHECK, host, why, "understudy certificates --execute, then understudy up --execute");
  if (waitsForPeer)
    return problem(CHECK, host, "the other host was not seen to encrypt yet: it is asked and followed plain", UP);
  if (plain === null)
    return unknown(CHECK, host, `${mode}; who still comes plain cannot be asked`, "understudy status");
  const clients = plain.map(
    ({ role, application, address, sessions }) =>
      `${sessions} of ${role}${application === "" ? "" : ` (${application})`} from ${address}`,
  );
  const listed = clients.length === 0 ? "nobody comes plain now" : `still plain: ${clients.join(", ")}`;
  switch (mode) {
    case "required":
      return clients.length === 0
        ? good(CHECK, host, "PostgreSQL lets nobody in plain from elsewhere")
        : problem(CHECK, host, `PostgreSQL lets nobody in plain any more; ${listed}`, "end these sessions");
    case "used":
      return problem(CHECK, host, `PostgreSQL takes both; ${listed}`, REQUIRE);
    case "accepted":
      return problem(CHECK, host, `PostgreSQL takes both, and our own sessions are plain; ${listed}`, USE);
  }
}

const UP = "understudy up --execute";
const USE = "encryption: used in the environment file, then understudy up --execute";
const REQUIRE = "once no client is plain, encryption: required in the environment file, then understudy up --execute";
