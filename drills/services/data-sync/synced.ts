import type { CarriedService } from "../../../settings/service-promises";
import { CARRIED_DATA } from "../../../settings/carried-data";
import type { Carrier } from "./carrier";
import { NOTE_SYNCED, READ_SYNCED } from "./scripts";

/**
 * Notes in the service's own volume up to when its data are complete, so that a later drill can tell which of two
 * databases is the newer one. Files that are joined need no such note.
 * @param until ISO 8601
 */
export async function noteSynced(
  carrier: Pick<Carrier, "folder" | "run">,
  service: CarriedService,
  until: string,
): Promise<void> {
  if (CARRIED_DATA[service].how === "replace") await carrier.run(NOTE_SYNCED, carrier.folder(service), until);
}

/** What was noted last; null when nothing was, as in a volume that never had another host's data. */
export async function readSynced(
  carrier: Pick<Carrier, "folder" | "read">,
  service: CarriedService,
): Promise<string | null> {
  const said = (await carrier.read(READ_SYNCED, carrier.folder(service))).trim();
  return Number.isNaN(Date.parse(said)) ? null : new Date(said).toISOString();
}
