import type { StoreName } from "./services";

/** What the agent of a host is told, in one file of its container. */
export interface AgentConfig {
  /** The environment's name. */
  readonly environment: string;
  /** The host's name: what its servers' certificates stand for. */
  readonly host: string;
  /** Port on which it answers. */
  readonly port: number;
  readonly stores: Readonly<Record<StoreName, AgentStore>>;
  /** Null on a host that stands alone. */
  readonly peer: AgentPeer | null;
  /** A standby further behind than this is over the objective of the environment file, bytes. */
  readonly lagObjectiveBytes: number;
  /** How it answers clients that ask a Sentinel; null where it does not. */
  readonly sentinel: SentinelConfig | null;
  /** Folder in which it keeps the host's role as a link, for the Collector of logs; null where there is none. */
  readonly rolesFolder: string | null;
  /** Folder with the agent's own passwords and certificates, one generation of them. */
  readonly files: string;
}

/** A store of the agent's own host. */
export interface AgentStore {
  readonly address: string;
  readonly port: number;
  /** Port for encrypted sessions: the same one for PostgreSQL, another one for Redis. */
  readonly tlsPort: number;
  /** Whether sessions of ours encrypt, where the server does. */
  readonly encrypts: boolean;
  /** Folder in which the boot guard keeps its files, as the agent's container has it. */
  readonly guardFolder: string;
}

/** Where clients reach a Redis, or an agent that answers as Sentinel does. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** One host as Sentinel's clients are told of it. */
export interface SentinelHost {
  readonly redis: Place;
  readonly sentinel: Place;
}

/** What the agent is told for these answers. */
export interface SentinelConfig {
  /** The name that clients ask for. */
  readonly name: string;
  /** Port on which it answers. */
  readonly port: number;
  readonly self: SentinelHost;
  /** Null on a host that stands alone. */
  readonly peer: SentinelHost | null;
}

/** The agent of the other host. */
export interface AgentPeer {
  readonly host: string;
  /** Where it says what it sees: through the other host's front with `https:`. */
  readonly url: string;
}

/** Port in the agent's container for clients in Sentinel mode: the one that these expect. */
export const SENTINEL_INSIDE = 26379;

/** Where one agent asks the other one what it sees. */
export const PEER_PATH = "/peer";

/** Whatever the agent has not seen anew for so long it does not know, milliseconds: two turns, and the longest answer. */
export const FRESH_MS = 6000;

/** Time between two turns of the agent, milliseconds. */
export const TURN_MS = 2000;
