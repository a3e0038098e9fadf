import type Docker from "dockerode";
import type { ServiceName } from "../../../settings/services";
import { bounded } from "../../hosts/bounded";
import { runInContainer } from "../../hosts/run-in-container";
import { LABEL, OPEN_LABEL, ScratchPlace } from "./scratch-place";

const ENGINE_MS = 60_000;

/** In a container: ends it after `$1` seconds. Its first process is the server, which INT stops at once, or the hub's. */
const END_LATER = `(trap '' HUP; sleep "$1"; kill -INT 1; sleep 10; kill -TERM 1) >/dev/null 2>&1 </dev/null &`;

/** A server that is only read refuses writes; a session that insists may still write, into what is thrown away anyway. */
const READ_ONLY: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  timescaledb: [
    ...["psql", "-h", "/tmp", "-U", "postgres", "-d", "template1", "-AtqX"],
    ...["-c", "alter system set default_transaction_read_only = on", "-c", "select pg_reload_conf()"],
  ],
  redis: ["redis-cli", "config", "set", "min-replicas-to-write", "1"],
};

/**
 * Lets a restored store of a scratch place be read by a person: it writes no more, no network reaches it, and its containers
 * end by themselves after so many seconds. What they leave is removed by the next restore, or by `removeOpen`.
 */
export async function leaveOpen(
  docker: Docker,
  place: string,
  { service, container }: { readonly service: ServiceName; readonly container: string },
  seconds: number,
): Promise<void> {
  await runInContainer(docker, container, READ_ONLY[service] ?? ["true"]);
  for (const one of [container, place])
    await runInContainer(docker, one, ["sh", "-c", END_LATER, "sh", String(seconds)]);
  await bounded("scratch network", ENGINE_MS, docker.getNetwork(place).disconnect({ Container: container }));
}

/** Takes away every place of an engine that was left open for reading. @returns how many there were */
export async function removeOpen(docker: Docker): Promise<number> {
  const hubs = await docker.listContainers({ all: true, filters: { label: [OPEN_LABEL] } });
  for (const { Labels: labels } of hubs) await new ScratchPlace(docker, labels[LABEL] ?? "").remove();
  return hubs.length;
}
