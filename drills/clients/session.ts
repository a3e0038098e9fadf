import type { StatementEnd } from "../../evidence/client-loads";

/** How one statement ended for its client. */
export interface Reply {
  readonly end: StatementEnd;
  /** Why it was not answered: SQLSTATE, first word of a RESP error, errno, or a word of ours; empty where it was. */
  readonly code: string;
  /** How often the driver sent it again by itself. */
  readonly resent?: number;
  /** True: the session is of no more use, or leads to a server that is no primary. */
  readonly leave?: boolean;
}

/** One driver's open session. */
export interface ClientSession {
  /** Sends one write. Never rejects: every failure is a reply. */
  send(number: number): Promise<Reply>;
  /** False as soon as the driver itself knows that the connection has ended. */
  readonly isOpen: boolean;
  /** Lets go of the connection at once, whatever is under way. */
  close(): void;
}

/** No session could be opened: nothing was sent. */
export class NotConnected extends Error {
  /** @param code of the first server that was no standby, or `no-primary` where all were */
  constructor(readonly code: string) {
    super(code);
  }
}

/** Answered. */
export const ANSWERED: Reply = { end: "a", code: "" };

/** The code of a connection that ended or never came about: an errno or the driver's own, `closed` where it has none. */
export function codeOfLost(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]{2,40}$/.test(code) ? code : "closed";
}
