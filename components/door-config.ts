import type { ClientsSection } from "../settings/clients-section";
import { DOOR_PORTS } from "../settings/door-ports";
import { DOOR_FOLDER, DOOR_SOCKETS, DOOR_STORES, type DoorStore } from "../settings/doors";
import { DOOR_ROLE } from "../settings/names";
import { STORE_NAMES, type StoreName } from "../settings/services";
import { renderConfigFile } from "./config-files";

/** Where a door finds a store of one host, and whom it asks whether that is the primary. */
export interface DoorServer {
  /** `address:port` of each store. */
  readonly stores: Readonly<Record<StoreName, string>>;
  /** The name for which that host's certificates stand. */
  readonly name: string;
  /** `address:port` of who answers for the agent: itself, or the front of the other host. */
  readonly asked: string;
  /** What it is asked about a store, as in a request. */
  readonly question: (store: StoreName) => string;
  /** Whether it is asked over TLS, with the pair's client certificate. */
  readonly encrypted: boolean;
}

/** Where HAProxy's files and ports are: others only where a test runs it on its own machine. */
export interface DoorPlace {
  readonly file: (name: string) => string;
  readonly folder: string;
  /** `address:port` on which it listens. */
  readonly listens: Readonly<Record<DoorStore, string>>;
  readonly healthPort: number;
  readonly nameServer: string;
}

/** The same in its container. */
export function doorPlace(file: (name: string) => string): DoorPlace {
  return {
    ...{ file, folder: DOOR_FOLDER, healthPort: DOOR_PORTS.health, nameServer: "127.0.0.11:53" },
    listens: { postgres: `:${String(DOOR_PORTS.postgres)}`, redis: `:${String(DOOR_PORTS.redis)}` },
  };
}

const SIDES = ["own", "peer"] as const;

/** The two sides of a door: its own host's servers, and those of the other host. */
export type DoorSide = (typeof SIDES)[number];

/**
 * Between two questions whether a host is primary, milliseconds, and how many answers in a row say that it is not. Silence
 * counts as no: a busy host that answers late a time or two must not lose its clients. A drill does not wait for it.
 */
const ASKED = "inter 500ms fastinter 250ms downinter 500ms rise 1 fall 4";

function storeLines(store: StoreName, servers: Readonly<Record<DoorSide, DoorServer>>, place: DoorPlace): string {
  const name = DOOR_STORES[store];
  const trust = `ca-file ${place.file("ca.crt")} verify required`;
  // PostgreSQL's own encryption begins in the middle of its protocol: the pooler sees to it.
  const ends = name === "redis" ? ` ssl crt ${place.file("door/server.pem")}` : "";
  const lines = [
    `frontend ${name}`,
    `  bind ${place.listens[name]}${ends}`,
    "  # Where both hosts say that they are primary nobody knows which of them is.",
    `  tcp-request connection reject if { nbsrv(${name}) gt 1 }`,
    `  default_backend ${name}`,
    "",
    `backend ${name}`,
    ...SIDES.map((side) => {
      const { stores, name: host } = servers[side];
      const tls = name === "redis" ? ` ssl ${trust} verifyhost ${host}` : "";
      return `  server ${side} ${stores[store]} track ${asking(name, side)}/agent resolvers docker${tls}`;
    }),
    "",
  ];
  for (const side of SIDES) {
    const { asked, question, encrypted, name: host } = servers[side];
    const tls = encrypted ? ` ssl crt ${place.file("door/front.pem")} ${trust} verifyhost ${host}` : "";
    lines.push(
      `backend ${asking(name, side)}`,
      "  mode http",
      "  option httpchk",
      `  http-check send meth GET uri ${question(store)} ver HTTP/1.1 hdr Host understudy hdr Connection close`,
      "  http-check expect status 200",
      `  server agent ${asked} check ${ASKED} resolvers docker${tls}`,
      "",
    );
  }
  return lines.join("\n");
}

/** The name of the backend in which an agent is asked about a store. */
export function asking(store: DoorStore, side: DoorSide): string {
  return `ask_${store}_${side}`;
}

/** HAProxy's configuration of one host's door. Pure. */
export function doorConfig(
  { pgbouncer }: ClientsSection,
  servers: Readonly<Record<DoorSide, DoorServer>>,
  place: DoorPlace,
): string {
  const head = renderConfigFile("door/haproxy.cfg", {
    max_clients: 2 * pgbouncer.max_clients + 256,
    socket: `${place.folder}/${DOOR_SOCKETS.runtime}`,
    name_server: place.nameServer,
    health_port: place.healthPort,
  });
  return head + STORE_NAMES.map((store) => storeLines(store, servers, place)).join("\n");
}

/** Where PgBouncer's files and ports are: others only where a test runs it on its own machine. */
export interface PoolerPlace {
  readonly file: (name: string) => string;
  readonly folder: string;
  readonly listen: string;
  readonly port: number;
  /** The listener of the host's own door, by a name for which the certificates of both hosts stand. */
  readonly door: { readonly host: string; readonly port: number };
}

/** PgBouncer's configuration of one host's door. Pure. */
export function poolerConfig(
  { pgbouncer }: ClientsSection,
  database: string,
  { file, folder, listen, port, door }: PoolerPlace,
): string {
  const text = renderConfigFile("door/pgbouncer.ini", {
    ...{ listen, folder, host: door.host, port: door.port, pooler_port: port, role: DOOR_ROLE },
    ...{ max_clients: pgbouncer.max_clients, pool_size: pgbouncer.pool_size, trust: file("ca.crt") },
    ...{ server_certificate: file("door/server.crt"), server_key: file("door/server.key") },
    ...{ role_certificate: file("door/role.crt"), role_key: file("door/role.key") },
  });
  return pgbouncer.auth_database ? `${text}auth_dbname = ${database}\n` : text;
}
