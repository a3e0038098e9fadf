import { UserError } from "../../settings/user-error";
import type { ProbeEndpoint } from "./options";
import type { ReadFrom } from "./protocol";

/** @throws UserError when the events are to be read back from an endpoint that the probe does not have */
export function requireEndpoints(readFrom: ReadFrom, endpoints: readonly ProbeEndpoint[]): void {
  for (const name of [readFrom.timescaledb, readFrom.redis]) {
    if (endpoints.every((one) => one.name !== name)) {
      const known = endpoints.map((one) => one.name).join(", ");
      throw new UserError(`the probe has no endpoint "${name}": it has ${known}`, "understudy status", 2);
    }
  }
}
