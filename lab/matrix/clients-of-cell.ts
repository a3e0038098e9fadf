import { machineMs } from "../watch/attempt";
import { LAB_HOSTS } from "../host/layout";
import type { Watch } from "../watch/watcher";
import type { EndedLoad } from "./door-clients";
import { clientsSeen, type ClientsSeen } from "./door-figures";
import { rejoinsIn, type CellsEnd } from "./user-rows-of-cell";

/** What the clients at the doors saw, against what the watch saw past the doors and what the one primary has in the end. */
export async function clientsOf(
  loads: readonly EndedLoad[],
  watch: Pick<Watch, "tries">,
  { primary, document, folder, struckMs }: CellsEnd & { readonly struckMs: number | undefined },
): Promise<readonly ClientsSeen[]> {
  const from = { zeroMs: Date.now() - machineMs(), document, rejoins: await rejoinsIn(folder) };
  return Promise.all(
    loads.map(({ name, load, zeroMs, read }) => {
      const attempts = LAB_HOSTS.flatMap((host) => watch.tries(host.name, load.store));
      const rows = primary === null ? undefined : read(primary);
      return clientsSeen({ name, load, zeroMs, rows }, struckMs, attempts, from);
    }),
  );
}
