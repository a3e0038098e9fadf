import type { ObservedStore } from "../../evidence/document";

/** What a service itself answered from outside its container, and how long that took in milliseconds. */
export type ServiceAnswer =
  | { readonly kind: "ready"; readonly latencyMs: number }
  | { readonly kind: "not-ready"; readonly latencyMs: number; readonly detail: string }
  /** Nothing answered. `refused`: the host is there, and nobody listens. */
  | { readonly kind: "silent"; readonly refused: boolean; readonly detail: string };

/** A store's answer, and the role it says it plays. */
export interface StoreAnswer {
  readonly answer: ServiceAnswer;
  readonly observed: ObservedStore;
}
