import type { Credentials } from "../settings/credentials";
import { loadDeclaredEnvironment } from "../settings/load-environment";
import { viewFrom, type Role } from "../settings/pair";
import type { PairIdentity } from "../settings/pair-identity";
import { bootstrapStores } from "./bootstrap/bootstrap";
import { bringForward, STORES_VERSION } from "./bootstrap/journal";
import { underEngine } from "./engine/under-engine";

/** What the bootstrap of a host is told. */
export interface BootstrapWords {
  readonly environmentFile: string;
  readonly host: string;
  readonly role: Role;
  readonly identity?: PairIdentity | undefined;
  readonly credentials: Credentials;
}

/** What the bootstrap of a host leaves in the state. */
export interface BootstrapResult {
  readonly host: string;
  readonly firstRole: Role;
  readonly result: string;
  /** What the stores have of ours; a lower one than the program's is brought forward by the next `up`. */
  readonly version: number;
  /** Whether the pair's PostgreSQL was given the doors' role. */
  readonly doors?: boolean;
}

/** Where the bootstrap resource's provider enters: plain data in, plain data out. */
export async function bootstrapEntry(inputs: BootstrapWords): Promise<BootstrapResult> {
  const environment = loadDeclaredEnvironment(inputs.environmentFile);
  const view = viewFrom(environment, inputs.host);
  const result = await underEngine(() =>
    bootstrapStores(view, inputs.role, environment, inputs.credentials, inputs.identity ?? {}),
  );
  // Stores that had data already may be of an older version.
  return forward({ host: inputs.host, firstRole: inputs.role, result, version: 0 }, inputs);
}

/** Where it enters for a host that an older version has set up: its role stays as it is. */
export function forwardEntry(
  { host, firstRole, result, version, doors }: Partial<BootstrapResult>,
  inputs: BootstrapWords,
): Promise<BootstrapResult> {
  const before = { host: host ?? inputs.host, firstRole: firstRole ?? inputs.role, result: result ?? "" };
  return forward({ ...before, version: version ?? 0, ...(doors === true && { doors }) }, inputs);
}

async function forward(before: BootstrapResult, inputs: BootstrapWords): Promise<BootstrapResult> {
  const environment = loadDeclaredEnvironment(inputs.environmentFile);
  const view = viewFrom(environment, inputs.host);
  const doors = environment.clients !== undefined;
  const notYet = await underEngine(() => bringForward(view, inputs.credentials, { doors }));
  return notYet === undefined ? { ...before, version: STORES_VERSION, ...(doors && { doors }) } : before;
}
