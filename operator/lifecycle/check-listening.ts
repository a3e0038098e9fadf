import { missingSettings, settingsCommand } from "../../drills/hosts/host-addresses";
import { madePortsOf, readListening, type ListenReading } from "../../drills/hosts/listening";
import { listenRefusal } from "../../settings/listen";
import { UserError } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";

/**
 * Asks every host whether its ports can listen where they are declared to, before a container of either is touched.
 * @param phase is told what a host lacks that an `up` does not need
 * @throws UserError with exit code 3, by the field, when a host cannot, or when a name has become something else
 */
export async function checkListening(
  stacks: readonly Pick<HostStack, "host">[],
  phase: (words: string) => void,
): Promise<void> {
  const readings = await Promise.all(
    stacks.map(async ({ host }) => readListening(host, await madePortsOf(host), "refused")),
  );
  const refusal = listenRefusal(readings.flatMap(({ problems }) => problems));
  if (refusal !== undefined) throw new UserError(`nothing was changed. ${refusal.words}`, refusal.next, 3);
  for (const words of readings.flatMap(bootWords)) phase(words);
}

/** What becomes of a host's containers when it boots before its addresses are there; nothing where they come back. Pure. */
export function bootWords({ host, listening, facts }: ListenReading): readonly string[] {
  if (listening === null || facts === null) return [];
  const missing = missingSettings(listening.addresses, facts.bindsAbsent);
  if (missing.length === 0) return [];
  const what = `${host.name} lacks ${missing.join(" and ")}: when it boots before its addresses are up, its containers stay down`;
  return [`${what}; next, ${settingsCommand(host.name, missing)}`];
}
