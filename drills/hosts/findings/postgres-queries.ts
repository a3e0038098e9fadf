/** A transaction that is open for longer than this is told, seconds. */
export const LONG_SECONDS = 2;

/**
 * Everything that one question tells of a server, whatever its role, as one JSON object. It takes no lock: a relation
 * whose owner holds it exclusively must not keep the reading waiting.
 */
export const SERVER_QUERY = `
with active as (
  select pid, coalesce(usename::text, '') as "user", coalesce(datname::text, '') as database, coalesce(state, '') as state,
         coalesce(host(client_addr), 'local') as address, wait_event,
         extract(epoch from clock_timestamp() - xact_start)::float8 as seconds,
         -- A process that sleeps outside of the server's own waits does not hear that it has to end.
         case when state = 'active' and wait_event is null and xact_start < clock_timestamp() - interval '${LONG_SECONDS} seconds'
              then substring(pg_read_file('/proc/' || pid || '/stat', 0, 1024, true) from '\\) (.) ') in ('S', 'D') end as asleep
    from pg_stat_activity
   where backend_type in ('client backend', 'parallel worker') and pid <> pg_backend_pid())
select jsonb_build_object(
  'version', current_setting('server_version'),
  'transactions', (select coalesce(jsonb_agg(to_jsonb(a) - 'asleep' - 'wait_event' order by a.seconds desc), '[]')
                     from active a where a.seconds > ${LONG_SECONDS}),
  'deaf', (select coalesce(jsonb_agg(jsonb_build_object('pid', a.pid, 'user', a."user", 'database', a.database, 'program', c.pid is not null)), '[]')
             from active a left join pg_stat_progress_copy c on c.pid = a.pid and c.type = 'PROGRAM'
            where c.pid is not null or a.asleep),
  'prepared', (select coalesce(jsonb_agg(jsonb_build_object('gid', gid, 'database', database)), '[]') from pg_prepared_xacts),
  'senders', (select coalesce(jsonb_agg(jsonb_build_object('pid', r.pid, 'name', coalesce(r.application_name, ''), 'user', coalesce(r.usename::text, ''),
                'address', coalesce(host(r.client_addr), 'local'), 'slot', s.slot_name)), '[]')
                from pg_stat_replication r left join pg_replication_slots s on s.active_pid = r.pid),
  'slots', (select coalesce(jsonb_agg(jsonb_build_object('name', slot_name, 'type', slot_type, 'active', active, 'wal', wal_status,
              'synced', coalesce((to_jsonb(s)->>'synced')::boolean, false),
              'kept', case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 end)), '[]')
              from pg_replication_slots s),
  -- What this session brings along itself hides the server's own value: that is in its files, or what it was built with.
  'settings', (select jsonb_object_agg(p.name, jsonb_build_object('text', p.vartype = 'string', 'value', case
                when p.source not in ('client', 'session') then p.reset_val
                when p.vartype = 'bool' then case when lower(coalesce(f.setting, p.boot_val)) in ('on', 'true', 'yes', '1') then 'on' else 'off' end
                else coalesce(f.setting, p.boot_val) end))
                 from pg_settings p left join lateral (select setting from pg_file_settings f
                        where lower(f.name) = p.name and f.error is null order by f.seqno desc limit 1) f on p.source in ('client', 'session')
                where p.context <> 'internal'),
  'pending', (select coalesce(jsonb_object_agg(p.name, (select f.setting from pg_file_settings f where f.name = p.name order by f.seqno desc limit 1)), '{}')
                from pg_settings p where p.pending_restart),
  'tablespaces', (select coalesce(jsonb_agg(spcname), '[]') from pg_tablespace where spcname not in ('pg_default', 'pg_global')),
  'databases', (select jsonb_agg(jsonb_build_object('name', datname, 'connects', datallowconn, 'recorded', datcollversion,
                  'actual', pg_database_collation_actual_version(oid)) order by datname) from pg_database),
  'shut', (select coalesce(jsonb_agg(d.datname || ': ' || replace(f, '_init', '')), '[]') from pg_database d, pg_ls_dir('base/' || d.oid, true, false) f
            where not d.datallowconn and f like '%\\_init' and (pg_stat_file('base/' || d.oid || '/' || f, true)).size = 0
              and (pg_stat_file('base/' || d.oid || '/' || replace(f, '_init', ''), true)).size > 0),
  'access', (select coalesce(jsonb_agg(concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','), address, netmask,
               auth_method, array_to_string(options, ' '))), '[]') from pg_hba_file_rules where error is null),
  'extensions', (select coalesce(jsonb_agg(name || ' ' || version), '[]') from pg_available_extension_versions),
  'archiving', (select jsonb_build_object('failing', coalesce(last_failed_time > last_archived_time, last_failed_time is not null)) from pg_stat_archiver),
  'replay', (select jsonb_build_object('pause', pg_get_wal_replay_pause_state()) where pg_is_in_recovery())
) as facts`;

/** What only a session in the database itself can tell of it, as one JSON object. Takes no lock either. */
export const DATABASE_QUERY = `
select jsonb_build_object(
  'unlogged', (select coalesce(jsonb_agg(jsonb_build_object('name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
                 'bytes', (pg_stat_file(pg_relation_filepath(c.oid), true)).size) order by n.nspname, c.relname), '[]')
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relpersistence = 'u' and c.relkind in ('r', 'm', 'S')),
  'extensions', (select coalesce(jsonb_agg(extname || ' ' || extversion), '[]') from pg_extension),
  'jobs', exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles o on o.oid = p.proowner
                    join pg_roles s on s.oid = n.nspowner
                   where p.oid = pg_catalog.to_regprocedure('_timescaledb_functions.stop_background_workers()')::oid and o.rolsuper and s.rolsuper),
  'collations', (select coalesce(jsonb_object_agg(n.nspname || '.' || c.collname, pg_collation_actual_version(c.oid)), '{}')
                   from pg_collation c join pg_namespace n on n.oid = c.collnamespace
                  where c.collprovider <> 'd' and c.oid in (select unnest(indcollation::oid[]) from pg_index))
) as facts`;

/** Where replay stands, and what holds it up. */
export const REPLAY_QUERY = `
select pg_last_wal_receive_lsn()::text as received, pg_last_wal_replay_lsn()::text as replayed,
       (select wait_event_type || '/' || wait_event from pg_stat_activity where backend_type = 'startup') as waits,
       -- pg_blocking_pids() does not know the startup process.
       (select coalesce(array_agg(distinct h.pid), '{}')
          from pg_stat_activity s join pg_locks w on w.pid = s.pid and not w.granted
          join pg_locks h on h.granted and h.pid <> w.pid and h.locktype = w.locktype and h.database is not distinct from w.database
                         and h.relation is not distinct from w.relation and h.objid is not distinct from w.objid
         where s.backend_type = 'startup')::int[] as blockers,
       (select coalesce(array_agg(pid order by xact_start), '{}') from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid() and backend_xmin is not null)::int[] as readers`;
