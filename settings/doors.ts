import type { StackCertificates, StoredLeaf } from "./certificates/stored";
import { SERVER_LEAF } from "./certificates/wanted";
import { DOOR_ROLE, GUARD_FOLDER } from "./names";
import type { StoreName } from "./services";

/** Whom the function belongs to that answers it: nobody logs in as this one. */
export const DOOR_OWNER = "understudy_door_owner";

/** The stores as orders and HAProxy's configuration call them. */
export const DOOR_STORES = { timescaledb: "postgres", redis: "redis" } as const satisfies Record<StoreName, string>;

/** A store as a door calls it. */
export type DoorStore = (typeof DOOR_STORES)[StoreName];

/** The folder that the three containers of a door share: nothing is in it but their sockets. */
export const DOOR_FOLDER = "/tmp";
/** The sockets in it: of HAProxy's runtime API, and of the keeper. */
export const DOOR_SOCKETS = { runtime: "door.sock", keeper: "keeper.sock" } as const;
/** The account of all three: it is in every image, and PgBouncer lets in whoever has its own. */
export const DOOR_USER = "nobody";

/** The keeper's program in its container. */
export const KEEPER_PROGRAM = `${GUARD_FOLDER}/keeper.js`;

/** Without a word from the drill for so long a door opens by itself, milliseconds. */
export const SILENCE_MS = 10_000;
/** How often a drill says that it is there, milliseconds. */
export const BEAT_MS = 2000;
/** Longest that new connections wait at a door, milliseconds: nobody is kept from coming in by an exchange that hangs. */
export const HOLD_MS = 3000;
/** For so long after a door was told where to lead, the agents may not know it yet: two of their turns and an answer. */
export const TOLD_MS = 6000;

/** What a door needs of a host's certificates. @throws Error when one is missing */
export function doorLeaves(certificates: StackCertificates): {
  readonly server: StoredLeaf;
  readonly role: StoredLeaf;
} {
  const of = (name: string): StoredLeaf => {
    const leaf = certificates.leaves[name];
    if (leaf === undefined)
      throw new Error(`understudy:certificates has no ${name}; next: understudy certificates --execute`);
    return leaf;
  };
  return { server: of(SERVER_LEAF), role: of(DOOR_ROLE) };
}
