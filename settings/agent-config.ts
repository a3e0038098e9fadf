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

/** The agent of the other host. */
export interface AgentPeer {
  readonly host: string;
  /** Where it says what it sees: through the other host's front with `https:`. */
  readonly url: string;
}

/** Where one agent asks the other one what it sees. */
export const PEER_PATH = "/peer";

/** Whatever the agent has not seen anew for so long it does not know, milliseconds: two turns, and the longest answer. */
export const FRESH_MS = 6000;

/** Time between two turns of the agent, milliseconds. */
export const TURN_MS = 2000;
