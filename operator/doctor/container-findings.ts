import { sshArguments } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { otherContainers, readContainerTroubles } from "../health/other-containers";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "other containers";

/** Whether what a host runs beside the services works; nothing where it runs nothing else. */
export async function containerFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const names = otherContainers(environment);
  if (names.length === 0) return [];
  const troubles = await readContainerTroubles(host, environment);
  if (troubles === undefined)
    return [
      unknown(CHECK, host.name, "its engine does not say", `ssh ${sshArguments(host).join(" ")} docker ps --all`),
    ];
  if (troubles.length === 0) return [good(CHECK, host.name, `${names.join(", ")}: at work`)];
  return troubles.map(({ container, reason, next }) => problem(CHECK, host.name, `${container}: ${reason}`, next));
}
