import { UserError } from "../../settings/user-error";
import { LAB_HOSTS, type LabHost } from "../host/layout";
import type { Fault } from "./fault";
import { FAULTS, UNAVAILABLE_FAULTS } from "./table";

/** A fault, and the hosts it is done to. */
export interface ChosenFault {
  readonly fault: Fault;
  readonly hosts: readonly LabHost[];
}

const NEXT = "understudy lab fault";

function refuse(what: string): UserError {
  return new UserError(what, NEXT, 2);
}

/**
 * Finds the fault and the hosts an operator means.
 * @throws UserError (exit code 2) with everything that may be said instead
 */
export function chooseFault(name: string, hostName: string | undefined): ChosenFault {
  const unavailable = UNAVAILABLE_FAULTS.find((one) => one.name === name);
  if (unavailable !== undefined) throw refuse(`${name} is not available: ${unavailable.reason}`);
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined) {
    throw refuse(`no fault is named ${name}; there are ${FAULTS.map((one) => one.name).join(", ")}`);
  }
  const names = LAB_HOSTS.map((one) => one.name).join(", ");
  if (fault.scope === "pair") {
    if (hostName === undefined) return { fault, hosts: LAB_HOSTS };
    throw refuse(`${name} breaks what joins both hosts, so it takes no --host`);
  }
  if (hostName === undefined) throw refuse(`${name} breaks one host; name it with --host: ${names}`);
  const host = LAB_HOSTS.find((one) => one.name === hostName);
  if (host === undefined) throw refuse(`the lab has no host ${hostName}; its hosts are ${names}`);
  return { fault, hosts: [host] };
}
