import { STORE_NAMES, type StoreName } from "../../../settings/services";
import type { EvidenceDocument, Fence, Signal } from "../../document";
import { promotedAtMs, unless, type Rule } from "../rule";

/** From where an observer looks: two that look the same way are fooled by the same cut. */
const VANTAGE: Readonly<Record<Signal["observer"], string>> = {
  operator: "operator",
  engine: "operator",
  standby: "standby",
  "fence-command": "fence-command",
};

/** Fences by which the drill itself stopped a store. */
const STOPPED: readonly Fence["method"][] = ["clean-shutdown", "container-stopped", "own-port"];

/** Why an unplanned drill was one: the old primary was seen to be gone. */
export const signalRules: readonly Rule[] = [
  {
    id: "signals-in-drill",
    sentence: "every look at the old primary was taken during the drill",
    check: ({ document: { unplanned, steps } }) => {
      const [first, last] = [steps[0]?.startedAtMs ?? 0, steps.at(-1)?.finishedAtMs ?? 0];
      return (unplanned?.signals ?? []).flatMap(({ atMs }, index) =>
        unless(atMs >= first && atMs <= last, `document.unplanned.signals[${index}].atMs`, atMs, `${first} to ${last}`),
      );
    },
  },
  {
    id: "seen-gone-twice",
    sentence:
      "before promotion a store of the old primary was seen to be gone from two places, or only the standby reached it and the drill stopped both stores",
    check: ({ document }) => {
      if (!document.success || document.drill.kind === "planned") return [];
      const seen = STORE_NAMES.map(
        (store) => `${store} from ${seenGoneFrom(document, store).join(" and ") || "nowhere"}`,
      );
      const holds = STORE_NAMES.some(
        (store) => seenGoneFrom(document, store).length >= 2 || stoppedOutOfReach(document, store),
      );
      return unless(holds, "document.unplanned.signals", seen.join(", "), "one store from two places");
    },
  },
  {
    id: "unfenced-only-when-gone",
    sentence: "an operator's words allow no promotion beside a store that was not seen to be gone from two places",
    check: ({ document }) => {
      if (!document.success) return [];
      return document.fences.flatMap(({ method, store }, index) => {
        const places = seenGoneFrom(document, store);
        const holds = method !== "accepted-unfenced" || places.length >= 2;
        const limit = `a proof, since ${store} was seen gone from ${places.join() || "nowhere"}`;
        return unless(holds, `document.fences[${index}].method`, method, limit);
      });
    },
  },
];

/** From where a store was gone when it was last looked at before its promotion began. */
function seenGoneFrom(document: EvidenceDocument, store: StoreName): string[] {
  return [...lastLooks(document, store)].flatMap(([place, gone]) => (gone ? [place] : []));
}

/** Of each place: whether every observer there last saw the store to be gone. */
function lastLooks(document: EvidenceDocument, store: StoreName): ReadonlyMap<string, boolean> {
  const promoted = promotedAtMs(document, store) ?? Infinity;
  const last = new Map<Signal["observer"], Signal>();
  for (const signal of document.unplanned?.signals ?? []) {
    const ofStore = signal.store === store || signal.store === null;
    if (!ofStore || signal.atMs > promoted) continue;
    if (signal.atMs >= (last.get(signal.observer)?.atMs ?? 0)) last.set(signal.observer, signal);
  }
  const places = new Map<string, boolean>();
  for (const { observer, gone } of last.values()) {
    places.set(VANTAGE[observer], gone && places.get(VANTAGE[observer]) !== false);
  }
  return places;
}

/** A primary that lives, and that the operator cannot reach, may be promoted past when the drill itself has stopped it. */
function stoppedOutOfReach(document: EvidenceDocument, store: StoreName): boolean {
  const looks = lastLooks(document, store);
  const stopped = STORE_NAMES.every((one) =>
    document.fences.some((fence) => fence.store === one && STOPPED.includes(fence.method)),
  );
  return stopped && looks.size >= 2 && looks.get("operator") === true;
}
