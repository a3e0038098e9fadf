import { connectEngine } from "../../drills/hosts/engine";
import type { NamedHost } from "../../settings/pair";
import { listSalvages } from "./list-salvages";

/** What one host keeps of data that it gave up. */
export interface KeptOnHost {
  readonly host: string;
  readonly salvages: number;
  readonly bytes: number;
  /** When the oldest of them was made. */
  readonly since: string;
}

/** A reading that is beside the point of its caller takes no longer than what the caller waits for anyway. */
const KEPT_MS = 3000;

/** What each host keeps. A host that keeps nothing, or does not tell within three seconds, is left out. */
export async function readKept(hosts: readonly NamedHost[]): Promise<readonly KeptOnHost[]> {
  const all = await Promise.all(
    hosts.map(async (host): Promise<readonly KeptOnHost[]> => {
      const engine = connectEngine(host);
      try {
        const salvages = await listSalvages(engine, KEPT_MS);
        const [oldest] = salvages;
        const bytes = salvages.reduce((sum, one) => sum + one.bytes, 0);
        return oldest === undefined ? [] : [{ host: host.name, salvages: salvages.length, bytes, since: oldest.at }];
      } catch {
        return [];
      } finally {
        engine.close();
      }
    }),
  );
  return all.flat();
}
