/** An environment file that cannot be used; the message has one line an error, each with its path and what is allowed. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}
