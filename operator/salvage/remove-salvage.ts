import type { HostEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { containerName } from "../../settings/names";
import { UserError } from "../../settings/user-error";
import type { Salvage } from "./list-salvages";
import { openSalvages } from "./scratch-server";

const REMOVE_MS = 1_800_000;

/** Removes one salvage for good. @throws UserError, exit code 3, while it is open */
export async function removeSalvage(engine: HostEngine, host: string, { store, name, folder }: Salvage): Promise<void> {
  if ((await openSalvages(engine))[store] === name) {
    throw new UserError(`salvage ${name} of ${host} is open`, `understudy salvage close ${host}`, 3);
  }
  await runInContainer(engine.docker, containerName(store), ["rm", "-rf", "--", folder], REMOVE_MS);
}
