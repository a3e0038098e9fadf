import type { HostEngine } from "../../drills/hosts/engine";
import type { StoreName } from "../../settings/services";
import { UserError } from "../../settings/user-error";
import { listSalvages, type Salvage } from "./list-salvages";

/** One salvage of a host by its name. @throws UserError, exit code 2, when there is none or more than one */
export async function findSalvage(engine: HostEngine, host: string, name: string, store?: StoreName): Promise<Salvage> {
  const found = (await listSalvages(engine)).filter((one) => one.name === name && (store ?? one.store) === one.store);
  const [one, other] = found;
  const next = `understudy salvage list ${host}`;
  if (one === undefined) throw new UserError(`${host} has no salvage ${name}`, next, 2);
  if (other !== undefined)
    throw new UserError(`both stores of ${host} have a salvage ${name}: name it by --store`, next, 2);
  return one;
}
