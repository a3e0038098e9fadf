import type { HostSessions } from "../../drills/hosts/sessions";
import { identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import type { NamedHost } from "../../settings/pair";
import { openSuperuser } from "./superuser";

/** Everything of one host that a drill could change: taken before and after a dry run, the two must be equal. */
export async function snapshotHost({ host, engine, agent, redis }: HostSessions): Promise<Record<string, unknown>> {
  const { docker } = engine;
  const [containers, { Volumes: volumes }, networks, images] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listVolumes(),
    docker.listNetworks(),
    docker.listImages(),
  ]);
  const inspected = await Promise.all(containers.map((one) => docker.getContainer(one.Id).inspect()));
  const postgres = await snapshotPostgres(host);
  const journal = (await agent.ask("journal-list")).get("entry") ?? [];
  const { role, replicationId, follows, fullSyncs, partialSyncs } = await identifyRedis(redis);
  return {
    containers: inspected
      .map(({ Id, Created, Config, HostConfig, State, RestartCount }) => ({
        Id,
        Created,
        Config,
        HostConfig,
        startedAt: State.StartedAt,
        running: State.Running,
        RestartCount,
      }))
      .sort((left, right) => (left.Id < right.Id ? -1 : 1)),
    volumes: volumes.map((one) => [one.Name, (one as { CreatedAt?: string }).CreatedAt]).sort(),
    networks: networks.map((one) => one.Id).sort(),
    images: images.map((one) => one.Id).sort(),
    guard: { status: (await agent.ask("status")).get("status"), journal },
    postgres,
    redis: {
      identity: { role, replicationId, follows, fullSyncs, partialSyncs },
      config: await redis.command("CONFIG", "GET", "*"),
    },
  };
}

async function snapshotPostgres(host: NamedHost): Promise<Record<string, unknown>> {
  const sql = await openSuperuser(host);
  const rows = async (query: string): Promise<unknown[]> => (await sql.query<Record<string, unknown>>(query)).rows;
  try {
    return {
      identity: await identify(sql),
      settings: await rows(
        "select name, setting from pg_settings where source not in ('client', 'session') order by name",
      ),
      slots: await rows("select slot_name, slot_type, active from pg_replication_slots order by slot_name"),
      roles: await rows("select rolname, rolsuper, rolreplication from pg_roles order by rolname"),
      files: await rows(
        "select name, size from pg_ls_dir('.') name, pg_stat_file(name) where not isdir and name <> 'postmaster.pid' order by name",
      ),
    };
  } finally {
    await sql.end();
  }
}
