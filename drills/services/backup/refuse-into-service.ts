import type { Topology } from "../../../evidence/document";
import { hostIn, roleOf } from "../../../evidence/observed-role";
import type { Environment } from "../../../settings/environment";
import { hostWord } from "../../../settings/host-word";
import { containerName } from "../../../settings/names";
import { STORE_NAMES, type ServiceName } from "../../../settings/services";
import { UserError } from "../../../settings/user-error";

/** What is known before a service is overwritten with a backup. */
export interface Overwriting {
  readonly environment: Pick<Environment, "name">;
  readonly host: string;
  readonly service: ServiceName;
  /** Whether its container runs. */
  readonly running: boolean;
  /** Whether the other host's container of the service runs: of a store that runs nobody knows what it will become. */
  readonly peerRuns: boolean;
  readonly overwrite: string | undefined;
  readonly topology: Topology;
}

/**
 * Why a backup must not be brought back into service; undefined when it may. Pure. A store comes back on the host that is
 * primary, or where the other host's is stopped: beside a primary it would be a second one, and a standby would throw
 * away what it has, which may be newer, to follow it.
 */
export function refuseIntoService(one: Overwriting): UserError | undefined {
  const { host, service, running, overwrite } = one;
  const store = STORE_NAMES.find((name) => name === service);
  const refusal = store && refuseStore(one, store);
  if (refusal !== undefined) return refusal;
  const words = `${hostWord(one.environment, host)}/${service}`;
  if (!running || overwrite === words) return undefined;
  return new UserError(
    `${service} of ${host} is in service: what it holds now would be replaced; refused`,
    `understudy backup restore --host ${host} --service ${service} --to service --overwrite ${words}`,
    3,
  );
}

function refuseStore(
  { host, peerRuns, topology }: Overwriting,
  store: (typeof STORE_NAMES)[number],
): UserError | undefined {
  const peer = topology.hosts.find((one) => one.host !== host);
  const here = hostIn(topology, host);
  if (peer === undefined) return undefined;
  if (roleOf(peer[store]) === "primary") {
    return new UserError(
      `${peer.host} is primary of ${store}: ${host} would be a second one, with older data; refused`,
      `understudy rejoin ${host}`,
      3,
    );
  }
  if (!peerRuns || roleOf(here?.[store]) === "primary") return undefined;
  const seen = peer[store];
  const what =
    seen.state === "observed"
      ? `is a standby of ${store}, with all that it has received: it would give that up to follow older data`
      : `runs ${store}, and nobody knows what it is: ${seen.reason}`;
  return new UserError(
    `${peer.host} ${what}; refused`,
    `understudy failover --to ${peer.host} --unplanned (loses nothing that it has); or, to go back in time all the same, on ${peer.host}: docker stop ${containerName(store)}`,
    3,
  );
}
