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
      "before promotion a store of the old primary was seen to be gone from two places, or to serve neither of them, or only the standby reached it; in the last two cases the drill stopped both stores",
    check: ({ document }) => {
      if (!document.success || document.drill.kind === "planned") return [];
      const seen = STORE_NAMES.map(
        (store) => `${store} from ${seenGoneFrom(document, store).join(" and ") || "nowhere"}`,
      );
      const holds = STORE_NAMES.some(
        (store) => seenGoneFrom(document, store).length >= 2 || stoppedAlive(document, store),
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
  return [...lastLooks(document, store, isGone)].flatMap(([place, gone]) => (gone ? [place] : []));
}

function isGone({ gone }: Signal): boolean {
  return gone;
}

/** A server that lives and lets nobody in has a code in the place of its role. */
function servesNobody({ gone, code }: Signal): boolean {
  return gone || code !== undefined;
}

/** Of each place: whether `holds` is true of what every observer there last saw of the store. */
function lastLooks(
  document: EvidenceDocument,
  store: StoreName,
  holds: (signal: Signal) => boolean,
): ReadonlyMap<string, boolean> {
  const promoted = promotedAtMs(document, store) ?? Infinity;
  const last = new Map<Signal["observer"], Signal>();
  for (const signal of document.unplanned?.signals ?? []) {
    const ofStore = signal.store === store || signal.store === null;
    if (!ofStore || signal.atMs > promoted) continue;
    if (signal.atMs >= (last.get(signal.observer)?.atMs ?? 0)) last.set(signal.observer, signal);
  }
  const places = new Map<string, boolean>();
  for (const signal of last.values()) {
    places.set(VANTAGE[signal.observer], holds(signal) && places.get(VANTAGE[signal.observer]) !== false);
  }
  return places;
}

/**
 * A primary that lives may be promoted past when the drill itself has stopped it: one that the operator cannot reach, and
 * one of which a store serves neither the operator nor the standby.
 */
function stoppedAlive(document: EvidenceDocument, store: StoreName): boolean {
  const stopped = STORE_NAMES.every((one) =>
    document.fences.some((fence) => fence.store === one && STOPPED.includes(fence.method)),
  );
  const [gone, unserved] = [lastLooks(document, store, isGone), lastLooks(document, store, servesNobody)];
  if (!stopped || gone.size < 2) return false;
  return gone.get("operator") === true || [...unserved.values()].every(Boolean);
}
