import type { Credentials } from "../settings/credentials";
import { loadDeclaredEnvironment } from "../settings/load-environment";
import { viewFrom, type Role } from "../settings/pair";
import type { PairIdentity } from "../settings/pair-identity";
import { bootstrapStores } from "./bootstrap/bootstrap";
import { underEngine } from "./engine/under-engine";

/** Where the bootstrap resource's provider enters: plain data in, plain data out. */
export async function bootstrapEntry(inputs: {
  environmentFile: string;
  host: string;
  role: Role;
  identity?: PairIdentity | undefined;
  credentials: Credentials;
}): Promise<{ host: string; firstRole: Role; result: string }> {
  const environment = loadDeclaredEnvironment(inputs.environmentFile);
  const result = await underEngine(() =>
    bootstrapStores(
      viewFrom(environment, inputs.host),
      inputs.role,
      environment,
      inputs.credentials,
      inputs.identity ?? {},
    ),
  );
  return { host: inputs.host, firstRole: inputs.role, result };
}
