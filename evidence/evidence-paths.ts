import { extname } from "node:path";

/** Where `understudy failover` leaves its evidence unless it is told otherwise, from the project's folder. */
export const DEFAULT_EVIDENCE_PATH = "docs/results/failover_result.env";

/**
 * Path of the JSON document that belongs to an `.env` evidence file: same folder, same base name.
 * @throws Error when `envPath` does not end in `.env`.
 */
export function documentPath(envPath: string): string {
  return `${withoutEnv(envPath)}.json`;
}

/**
 * Path of the Sigstore bundle with the signature of an `.env` evidence file and its JSON: same folder, same base name.
 * @throws Error when `envPath` does not end in `.env`.
 */
export function bundlePath(envPath: string): string {
  return `${withoutEnv(envPath)}.sigstore.json`;
}

function withoutEnv(envPath: string): string {
  if (extname(envPath) !== ".env") {
    throw new Error(`an evidence file ends in .env, ${JSON.stringify(envPath)} does not`);
  }
  return envPath.slice(0, -".env".length);
}
