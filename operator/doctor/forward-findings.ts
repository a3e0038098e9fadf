import { LOOPBACK } from "../../settings/address";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { OTHER_SERVICES, SERVICES } from "../../settings/services";
import { sshArguments } from "../../drills/hosts/engine";
import { exchange } from "../../drills/hosts/http";
import { isRefusal } from "../../drills/hosts/readiness";
import { knockScript, parseKnocks } from "../../drills/hosts/knock";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "ssh forwards";
const ASK_MS = 8000;

/**
 * Whether the host's sshd lets this machine through to the host's own ports, where the services that speak HTTP are asked.
 * It is tried with one that answers on the host itself; nothing is said where none does.
 */
export async function forwardFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const ssh = `ssh ${sshArguments(host).join(" ")} true`;
  const ports = OTHER_SERVICES.map((service) => environment.ports[SERVICES[service].ports[0].key]);
  try {
    const knocked = parseKnocks(await runOnHost(host, knockScript(LOOPBACK, ports)));
    const port = ports.find((one) => knocked.get(one) === "open");
    return port === undefined ? [] : [await forwardFinding(host, port)];
  } catch (error) {
    return [unknown(CHECK, host.name, messageOf(error), ssh)];
  }
}

async function forwardFinding(host: NamedHost, port: number): Promise<Finding> {
  try {
    await exchange({ host, port, path: "/", timeoutMs: ASK_MS });
    return good(CHECK, host.name, "its sshd lets this machine through to its own ports");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return problem(
      CHECK,
      host.name,
      `its sshd lets nobody through to ${LOOPBACK}:${String(port)}, which answers on the host itself: no service that speaks HTTP can be asked`,
      `on ${host.name}, set AllowTcpForwarding to local in sshd's configuration, and let PermitOpen allow ${LOOPBACK}`,
    );
  }
}
