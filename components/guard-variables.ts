import type { ServiceArgs } from "./service-args";

/**
 * What the boot guard of a store needs to know to ask the peer before it starts. Without a peer the host's name and
 * address are empty, and the guard asks nobody.
 * @param port published port of the store, the same on both hosts
 */
export function guardVariables({ environment, view }: ServiceArgs, port: number): Readonly<Record<string, string>> {
  return {
    UNDERSTUDY_HOST: view.self.name,
    UNDERSTUDY_PEER_HOST: view.peer?.name ?? "",
    UNDERSTUDY_PEER_ADDRESS: view.peer?.replication_address ?? "",
    UNDERSTUDY_PEER_PORT: String(port),
    UNDERSTUDY_PEER_TIMEOUT: String(environment.policy.peer_timeout_seconds),
    UNDERSTUDY_BOOT_POLICY: environment.policy.on_boot_without_peer,
  };
}
