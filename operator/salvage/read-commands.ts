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
  const ssh = (...options: string[]): string =>
    ["ssh", ...options, ...sshArguments(host).filter((word) => word !== "-T")].join(" ");
  const name = scratchName(store);
  if (store === "redis")
    return [`${ssh("-t")} docker exec -it ${name} redis-cli -s /tmp/redis.sock -n ${database.replace("db", "")}`];
  // Two shells read it: the one it is pasted into, and the host's.
  const named = /^[\w-]+$/.test(database) ? database : `"'${database}'"`;
  const server = `-h /tmp -U ${SUPERUSER} -d ${named}`;
  return [
    `${ssh("-t")} docker exec -it ${name} psql ${server}`,
    `${ssh()} docker exec ${name} pg_dump ${server} >${database.replaceAll(/[^\w-]/g, "_")}.sql`,
  ];
}
