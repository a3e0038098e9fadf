/**
 * SQL that makes, in one database, a stand-in for the two functions with which TimescaleDB ends its background jobs and lets
 * them run: table `told` has which of them was called. It runs no jobs.
 */
export function jobsStandIn(): string {
  const called = (name: string, word: string): string =>
    `create or replace function _timescaledb_functions.${name}_background_workers() returns bool language sql as
       $$insert into public.told (word) values ('${word}') returning true$$;`;
  return `create schema if not exists _timescaledb_functions;
    create table if not exists public.told (at timestamptz not null default clock_timestamp(), word text not null);
    ${called("stop", "stop")} ${called("start", "start")}`;
}
