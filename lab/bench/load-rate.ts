/** Rate of pgbench (TPC-B-like, 4 clients), transactions a second. */
export const PGBENCH_RATE = 200;
