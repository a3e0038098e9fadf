import type { LabHost } from "../host/layout";

/** One way in which a real machine or network fails, as the lab does it to one of its hosts. */
export interface Fault {
  readonly name: string;
  /** What the operator reads in the list of faults: what is broken, and what is not. */
  readonly sentence: string;
  /** `host`: one host, named with `--host`. `pair`: what joins both hosts; it is done to either end. */
  readonly scope: "host" | "pair";
  /** False for an event: the host's own restart policies may end it before anybody looks. */
  readonly lasts: boolean;
  /** Breaks the host. Only called while the fault is not on. */
  readonly strike: (host: LabHost) => Promise<void>;
  /** Takes the fault away again; does nothing where there is none. */
  readonly heal: (host: LabHost) => Promise<void>;
  /** Looks at processes, rules and files now; nothing is remembered from the strike. */
  readonly isOn: (host: LabHost) => Promise<boolean>;
}

/** A fault that no machine of this kind can make, and why. */
export interface UnavailableFault {
  readonly name: string;
  readonly sentence: string;
  readonly reason: string;
}
