import { connectEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import { SERVICES, STORE_NAMES } from "../../settings/services";

/** What a store's container says, and what a person is told of it. */
const ANSWERS: Readonly<Record<string, string>> = {
  released: "released, it starts as primary within a second",
  "no data": "has no data to start from; understudy status names the ways back",
  "not held": "does not wait, so there is nothing to release",
};

/**
 * A store that is not held gets no release, nor does one that has no data to start from, and one that stops being held
 * meanwhile by itself loses it again: it would lie there and be used at a later boot. The guard that uses it takes a
 * drill's fence away.
 */
export function releaseIfHeld(state: string): string {
  return `grep -q ^held "${state}/status" || { echo "not held"; exit; }
! grep -q '^held empty' "${state}/status" || { echo "no data"; exit; }
: > "${state}/release"
if grep -q ^held "${state}/status" || ! rm "${state}/release" 2>/dev/null; then echo released; else echo "not held"; fi`;
}

/** What became of a store that was asked to be released. */
export interface ReleasedStore {
  readonly store: string;
  /** False: it was not held, and nothing was left behind for a later boot. */
  readonly released: boolean;
}

/**
 * Lets the held stores of `host` start writable; asks both in turn, and tells each answer. What a store did not say is
 * never taken for either. @throws UserError naming the store that did not say whether it was released
 */
export async function releaseStores(host: NamedHost, tell: (line: string) => void): Promise<readonly ReleasedStore[]> {
  const engine = connectEngine(host);
  try {
    const stores: ReleasedStore[] = [];
    for (const store of STORE_NAMES) {
      const said = await runInContainer(engine.docker, containerName(store), [
        "sh",
        "-c",
        releaseIfHeld(SERVICES[store].guardFolder),
      ]);
      const words = ANSWERS[said.trim()];
      if (words === undefined) {
        throw new UserError(`${store} on ${host.name} did not say whether it was released`, "understudy status");
      }
      tell(`${store} on ${host.name}: ${words}`);
      stores.push({ store, released: said.trim() === "released" });
    }
    return stores;
  } finally {
    engine.close();
  }
}
