import { putFile } from "../../drills/hosts/put-file";
import { containerName } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { labEnvironment } from "./lab-stacks";
import { onEngine } from "./lab-with-backups";
import { SLOW_MARK, type StandInService } from "./stand-in";

/**
 * Makes the stand-ins for these services on both hosts as slow to be ready, and to stop, as the real ones are, or quick
 * again; the real ones are left alone. A container that is made anew is quick.
 */
export async function setSlow(services: readonly StandInService[], slow: boolean): Promise<void> {
  const environment = labEnvironment();
  const standIns = services.filter((service) => environment.services[service].stand_in !== undefined);
  for (const { name } of namedHosts(environment)) {
    await onEngine(name, async ({ docker }) => {
      for (const service of standIns)
        await putFile(docker, containerName(service), `/tmp/${SLOW_MARK}`, slow ? "slow\n" : "");
    });
  }
}
