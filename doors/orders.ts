import { DOOR_STORES, type DoorStore } from "../settings/doors";

/** The two sides of a door: the servers of its own host, and those of the other one. */
export type Side = "own" | "peer";

const OTHER: Readonly<Record<Side, Side>> = { own: "peer", peer: "own" };
const SIDES: readonly Side[] = ["own", "peer"];

/** The stores of a door, in the order of the table. */
export const STORES: readonly DoorStore[] = Object.values(DOOR_STORES);

/** The backend in which the agent of one side is asked about a store. */
function asking(store: DoorStore, side: Side): string {
  return `ask_${store}_${side}/agent`;
}

/**
 * What HAProxy is told so that it takes no new connection, but for one a second, and so that it takes all again. Who comes
 * meanwhile waits in the kernel's queue, as one that is slow to be let in. It is the only order of HAProxy that does so:
 * `set maxconn frontend` locks 2.6 up for good. Pure.
 */
export function letInOrders(everybody: boolean): readonly string[] {
  return [`set rate-limit connections global ${everybody ? "0" : "1"}`];
}

/**
 * What HAProxy is told so that a store's new clients come to one side, whatever the agents say meanwhile. The other side
 * keeps the connections that it has: a writer leaves by itself at its refusal, and nothing is cut under it. Pure.
 */
export function leadOrders(store: DoorStore, side: Side): readonly string[] {
  return [
    `set server ${store}/${OTHER[side]} state drain`,
    `disable health ${asking(store, side)}`,
    `set server ${asking(store, side)} health up`,
    `set server ${store}/${side} state ready`,
  ];
}

/**
 * What HAProxy is told so that the agents decide again. A side that takes nobody now counts as down until its agent says
 * otherwise: an earlier order may have told that it is up, and where both are, nobody is let in. Pure.
 * @param led the sides that take new clients now
 */
export function freeOrders(store: DoorStore, led: readonly Side[]): readonly string[] {
  return SIDES.flatMap((side) => [
    ...(led.includes(side) ? [] : [`set server ${asking(store, side)} health down`]),
    `enable health ${asking(store, side)}`,
    `set server ${store}/${side} state ready`,
  ]);
}

/**
 * Which sides of each store take new clients, by HAProxy's answer to `show stat`. Pure.
 * @throws Error when a server is not in it
 */
export function leadsTo(stat: string): Readonly<Record<DoorStore, readonly Side[]>> {
  const [head = "", ...lines] = stat.split("\n");
  const at = head.replace(/^# /, "").split(",").indexOf("status");
  const rows = new Map(
    lines.map((line) => line.split(",")).map((cells) => [`${cells[0] ?? ""}/${cells[1] ?? ""}`, cells[at] ?? ""]),
  );
  const isUp = (name: string): boolean => {
    const status = rows.get(name);
    if (at < 0 || status === undefined) throw new Error(`HAProxy does not know ${name}`);
    // One that was told to be up, and whose agent is not asked meanwhile, has no check.
    return status.startsWith("UP") || status === "no check";
  };
  return Object.fromEntries(
    STORES.map((store) => [store, SIDES.filter((side) => isUp(`${store}/${side}`))]),
  ) as unknown as Record<DoorStore, readonly Side[]>;
}

/** One pool, or one answer of PgBouncer about it: its columns by name. */
export type PoolRow = Readonly<Record<string, unknown>>;

/** How many server sessions PgBouncer still has, by its answer to SHOW POOLS: none of them when it has paused. Pure. */
export function serverSessions(pools: readonly PoolRow[]): { readonly all: number; readonly busy: number } {
  const real = pools.filter(({ database }) => database !== "pgbouncer");
  const sum = (columns: readonly string[]): number =>
    real.flatMap((row) => columns.map((column) => Number(row[column] ?? 0))).reduce((total, one) => total + one, 0);
  return { all: sum(["sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login"]), busy: sum(["sv_active"]) };
}
