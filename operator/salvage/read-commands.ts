import { sshArguments } from "../../drills/hosts/engine";
import { SUPERUSER } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import { scratchName } from "./scratch-server";

/** The commands that read an open salvage, each as a line to paste; `database` is any that it has. */
export function readCommands(
  host: Pick<NamedHost, "docker" | "ssh_config">,
  store: StoreName,
  database: string,
): readonly string[] {
  return readCommandsIn(host, store, database, { container: scratchName(store), redis: "-s /tmp/redis.sock" });
}

/** The same of another container with a store's data. `redis` is how its server is reached. */
export function readCommandsIn(
  host: Pick<NamedHost, "docker" | "ssh_config">,
  store: StoreName,
  database: string,
  { container: name, redis }: { readonly container: string; readonly redis: string },
): readonly string[] {
  const ssh = (...options: string[]): string =>
    ["ssh", ...options, ...sshArguments(host).filter((word) => word !== "-T")].join(" ");
  if (store === "redis")
    return [
      `${ssh("-t")} docker exec -it ${name} ${["redis-cli", redis, "-n", database.replace("db", "")].filter(Boolean).join(" ")}`,
    ];
  // Two shells read it: the one it is pasted into, and the host's.
  const named = /^[\w-]+$/.test(database) ? database : `"'${database}'"`;
  const server = `-h /tmp -U ${SUPERUSER} -d ${named}`;
  return [
    `${ssh("-t")} docker exec -it ${name} psql ${server}`,
    `${ssh()} docker exec ${name} pg_dump ${server} >${database.replaceAll(/[^\w-]/g, "_")}.sql`,
  ];
}
