import type { Topology } from "../evidence/document";
import { STORE_NAMES, type ServiceName } from "../../settings/services";
import { UserError } from "../user-error";

/** What is known before a service is overwritten with a backup. */
export interface Overwriting {
  readonly host: string;
  readonly service: ServiceName;
  /** Whether its container runs. */
  readonly running: boolean;
  readonly overwrite: string | undefined;
  readonly topology: Topology;
}

/**
 * Why a backup must not be brought back into service; undefined when it may. Pure. A store comes back on the host that is
 * primary, or where neither answers: beside a primary it would be a second one.
 */
export function refuseIntoService({ host, service, running, overwrite, topology }: Overwriting): UserError | undefined {
  const store = STORE_NAMES.find((one) => one === service);
  const rival = topology.hosts.find((one) => {
    const observed = store && one[store];
    return one.host !== host && observed?.state === "observed" && observed.role === "primary";
  });
  if (rival !== undefined) {
    return new UserError(
      `${rival.host} is primary of ${service}: ${host} would be a second one, with older data; refused`,
      `understudy rejoin ${host}`,
      3,
    );
  }
  const words = `${host}/${service}`;
  if (!running || overwrite === words) return undefined;
  return new UserError(
    `${service} of ${host} is in service: what it holds now would be replaced; refused`,
    `understudy backup restore --host ${host} --service ${service} --to service --overwrite ${words}`,
    3,
  );
}
