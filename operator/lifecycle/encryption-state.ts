import { bounded } from "../../drills/hosts/bounded";
import type { HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { encryptionOf, ENCRYPTION_MODES, usesEncryption, type Encryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import type { Change } from "./refuse-changes";

const ASKED_MS = 10_000;

/** Who is connected to a host's store without encryption, from outside its container. */
export interface PlainClient {
  /** The role, or the user of Redis. */
  readonly role: string;
  /** What it calls itself; empty where it does not. */
  readonly application: string;
  readonly address: string;
  readonly sessions: number;
}

/** Such clients, for people. Pure. */
export function listPlain(clients: readonly PlainClient[]): string {
  return clients
    .map(
      ({ role, application, address, sessions }) =>
        `${sessions} of ${role}${application === "" ? "" : ` (${application})`} from ${address}`,
    )
    .join(", ");
}

/** How a host's store encrypts. */
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

/** Asks a host how its PostgreSQL encrypts, by its engine and its local socket; undefined where its container cannot be asked. */
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

/** Roles of ours: their sessions go over to encryption by themselves. */
const OURS = /^understudy_/;

/**
 * Clients that could not come back: they are plain, and an `up` would refuse that from now on. Pure.
 * @param hasCertificates whether the host's stack has some
 * @param file the environment file
 */
export function plainChanges(
  host: Pick<NamedHost, "name">,
  environment: Pick<Environment, "encryption">,
  { program, found, hasCertificates, file }: PlainQuestion,
): Change[] {
  if (encryptionOf(environment, hasCertificates) !== "required" || !hasCertificates) return [];
  const clients = (found?.plain ?? []).filter(({ role }) => !OURS.test(role));
  if (found === undefined || found.mode === "required" || clients.length === 0) return [];
  return [
    {
      words: `${program} on ${host.name} has sessions that are not encrypted, which would not be let in again: ${listPlain(clients)}`,
      way: `let these clients encrypt; or, as long as they do not, encryption: used in ${file}`,
    },
  ];
}

/** What it takes to say whether clients could not come back. */
export interface PlainQuestion {
  /** The store, as people call it. */
  readonly program: "PostgreSQL" | "Redis";
  /** Undefined where the host was not asked: then nothing is known. */
  readonly found: FoundEncryption | undefined;
  readonly hasCertificates: boolean;
  readonly file: string;
}
