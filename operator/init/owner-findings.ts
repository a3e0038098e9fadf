import { madePortsOf } from "../../drills/hosts/listening";
import type { Environment } from "../../settings/environment";
import { othersContainers, othersNext, othersWords } from "../../settings/owner";
import type { NamedHost } from "../../settings/pair";
import { good, problem, type Finding } from "../doctor/finding";

/** Whether another environment lives on this host; nothing where the engine does not answer, which another finding says. */
export async function ownerFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const made = await madePortsOf(host).catch(() => undefined);
  if (made === undefined) return [];
  const others = othersContainers(made, environment.name, host.name);
  return [
    others.length === 0
      ? good("owner", host.name, "no other environment's containers")
      : problem("owner", host.name, othersWords(host.name, others), othersNext(host.name)),
  ];
}
