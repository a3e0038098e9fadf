/** `text` with every secret in it replaced by `***`: a driver may quote what it was given. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((clean, secret) => clean.replaceAll(secret, "***"), text);
}
