/** How pgbench works through the doors in one switchover. */
export interface ClientLoadSpec {
  readonly protocol: "simple" | "extended";
  /** Over both doors, half of them at each. */
  readonly clients: number;
}

/** The loads that take turns. */
export const CLIENT_LOADS: readonly ClientLoadSpec[] = [
  { protocol: "simple", clients: 4 },
  { protocol: "extended", clients: 4 },
  { protocol: "simple", clients: 32 },
  { protocol: "extended", clients: 32 },
];

/** Transactions a second that pgbench is bound to, over both doors, where nothing else is said. */
export const CLIENTS_RATE = 500;

/** Switchovers of one load in a row: there and back. */
const BLOCK = 2;

/** The load of a turn, counted from 1. */
export function loadOfTurn(turn: number): ClientLoadSpec {
  const at = Math.floor((turn - 1) / BLOCK) % CLIENT_LOADS.length;
  return CLIENT_LOADS[at] as ClientLoadSpec;
}

/** Such as `extended, 32 clients`. */
export function loadName({ protocol, clients }: ClientLoadSpec): string {
  return `${protocol}, ${clients} clients`;
}

/** The role and the schema of the load, in the pair's own database: the only one that the lab's pooler leads to. */
export const SHOP = "bench_clients";
/** The table that each of its transactions adds a row to. */
export const JOURNAL = `${SHOP}.journal`;

/** Accounts that the transactions change, so that few of them wait for each other. */
export const ACCOUNTS = 10_000;

/** One transaction of the load: an update and a numbered row. */
export const TRANSACTION = `\\set account random(1, ${ACCOUNTS})
\\set n :n + 1
begin;
update ${SHOP}.account set amount = amount + 1 where id = :account;
insert into ${JOURNAL} (run, client, n) values (:run, :client_id, :n);
commit;
`;

/** Each turn has so many numbers for its pgbenches, one a door. */
const RUNS = 2;

/** The first of a turn's numbers; rows of a turn that was broken off have it or a larger one. */
export function firstRunOf(turn: number): number {
  return RUNS * turn;
}
