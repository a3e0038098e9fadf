import type { Agent } from "../hosts/agent";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";

/** One look at one store of the old primary. */
export type Look =
  | { readonly answers: true; readonly role: "primary" | "standby" }
  | {
      readonly answers: false;
      /** A server is there that lets nobody in, or nobody can say whether one is: it is not taken for gone. */
      readonly alive: boolean;
      /** What that was decided by: SQLSTATE, first word of a RESP error, or error code of a system; null where nothing answered. */
      readonly code: string | null;
      readonly detail: string;
    };

/** Looks once, for at most `timeoutMs`; never throws. */
export type LookAt = (timeoutMs: number) => Promise<Look>;

/** A program beside the standby's store that looks at its peer: `configs/guard/postgres-eyes.sh` and `redis-eyes.sh`. */
export type Eye = Pick<Agent, "ask">;

/** The standby's two ways to its peer, open: every look is one line there and one back. */
export interface StandbyEyes extends Readonly<Record<StoreName, Eye>> {
  readonly host: Pick<NamedHost, "name">;
}

/** For as long as they are open. */
export interface OpenEyes extends StandbyEyes {
  close(): void;
}
