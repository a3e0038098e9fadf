import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import type { RunState } from "../engine/drill-run";
import type { HostEngine } from "../hosts/engine";
import type { OpenEyes } from "./look";

/** An unplanned drill: of the old primary's host there is a name, and an engine that may never answer. */
export interface UnplannedRun extends RunState {
  readonly old: {
    readonly host: NamedHost;
    readonly engine: HostEngine;
    /** Settled within the bound of the signals: whether the engine answers at all. */
    readonly engineAnswers: Promise<boolean>;
  };
  /** The standby's own ways to look at its peer. */
  readonly eyes: OpenEyes;
  /** Moments on the drill's clock, in milliseconds: the first step began, fencing began, each store's promotion began. */
  beganAtMs: number;
  fencingBeganAtMs: number;
  readonly promotedAtMs: Partial<Record<StoreName, number>>;
}
