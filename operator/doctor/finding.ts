/** One thing that was looked at, and how it is. `unknown` means that it could not be looked at: that is never good. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** The host it is about; null for the operator's side and the stacks. */
  readonly host: string | null;
  readonly state: "good" | "problem" | "unknown";
  readonly detail: string;
  /** What mends it, as a command or an instruction; null when it is good. */
  readonly fix: string | null;
}

/** A finding of something that is as it should be. */
export function good(check: string, host: string | null, detail: string): Finding {
  return { check, host, state: "good", detail, fix: null };
}

/** A finding of something that is wrong; `fix` is what mends it. */
export function problem(check: string, host: string | null, detail: string, fix: string): Finding {
  return { check, host, state: "problem", detail, fix };
}

/** A finding of something that could not be looked at; `fix` is what makes it visible. */
export function unknown(check: string, host: string | null, detail: string, fix: string): Finding {
  return { check, host, state: "unknown", detail, fix };
}
