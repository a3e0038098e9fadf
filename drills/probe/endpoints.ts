import type { Credentials } from "../../settings/credentials";
import { encryptionOf, usesEncryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { bounded } from "../hosts/bounded";
import { CONNECT_TIMEOUT_MS, openRedis } from "../hosts/sessions";
import type { ProbeEndpoint } from "./options";

/** The published store endpoints of one host, as the probe writes to them. @param encrypted whether its sessions of Redis are */
export function probeEndpoint(
  { name, address: host }: Pick<NamedHost, "name" | "address">,
  { ports }: Pick<Environment, "ports">,
  encrypted: boolean | undefined,
): ProbeEndpoint {
  const redis = encrypted === true ? { host, port: ports.redis_tls, tls: true } : { host, port: ports.redis };
  return { name, postgres: { host, port: ports.postgres }, redis };
}

type Clients = Pick<Credentials, "clients">;

function isDeclared(environment: Environment, { clients }: Clients): boolean {
  return clients !== undefined && usesEncryption(encryptionOf(environment, true));
}

/** The endpoints of an environment's hosts, encrypted as it declares. */
export function probeEndpoints(environment: Environment, credentials: Clients): ProbeEndpoint[] {
  return namedHosts(environment).map((host) => probeEndpoint(host, environment, isDeclared(environment, credentials)));
}

/** The same, each as a session of ours is let in there now; as declared where none is. */
export async function seenEndpoints(environment: Environment, credentials: Credentials): Promise<ProbeEndpoint[]> {
  if (credentials.clients === undefined) return probeEndpoints(environment, credentials);
  return Promise.all(
    namedHosts(environment).map(async (host) => {
      const opening = bounded(host.name, CONNECT_TIMEOUT_MS, openRedis(host, environment, credentials));
      const session = await opening.catch(() => undefined);
      session?.close();
      return probeEndpoint(host, environment, session?.tls ?? isDeclared(environment, credentials));
    }),
  );
}
