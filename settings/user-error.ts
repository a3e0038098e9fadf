/** An error meant for the operator: what, where, why, and the next command. Printed without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";

  /**
   * @param message what went wrong, where, and why, in one line
   * @param next the command the operator runs next
   * @param exitCode 1 failed, 2 bad usage or nothing could be verified, 3 refused as unsafe
   */
  constructor(
    message: string,
    readonly next: string,
    readonly exitCode: 1 | 2 | 3 = 1,
  ) {
    super(message);
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.map(messageOf).join("; ");
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replaceAll(/\s*[\n\t]\s*/g, " ").trim();
}
