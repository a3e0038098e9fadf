import { trustBundle } from "../settings/certificates/clients";
import type { StackCertificates } from "../settings/certificates/stored";
import { encryptionOf, usesEncryption } from "../settings/encryption";
import { frontLeaves } from "../settings/front";
import { filePath } from "../settings/names";
import { renderConfigFile, secretFile, settingFile, type ServiceFile } from "./config-files";
import type { ServiceArgs } from "./service-args";

/** What says whether and how the gossip of the two Alertmanagers is encrypted. */
export interface GossipArgs extends Pick<ServiceArgs, "environment" | "view"> {
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
}

const FILES = {
  config: "gossip/tls.yml",
  trust: "gossip/ca.pem",
  server: "gossip/server",
  client: "gossip/client",
} as const;

/** Whether the gossip is encrypted: then it is over TCP alone, and each end shows a certificate of the pair. */
export function gossipsEncrypted({ environment, view, certificates }: GossipArgs): boolean {
  if (view.peer === undefined || certificates === undefined) return false;
  return usesEncryption(encryptionOf(environment, true));
}

/** How Alertmanager is told. */
export function gossipTlsFlag(args: GossipArgs): readonly string[] {
  return gossipsEncrypted(args) ? [`--cluster.tls-config=${filePath(FILES.config)}`] : [];
}

/**
 * What the gossip encrypts with; nothing where it does not. Certificates are read for each connection, the CAs at a start
 * alone: other CAs replace the container.
 */
export function gossipFiles(args: GossipArgs): readonly ServiceFile[] {
  const { certificates } = args;
  if (certificates === undefined || !gossipsEncrypted(args)) return [];
  const { server, client } = frontLeaves(certificates);
  const { config, trust, ...leaves } = FILES;
  const rendered = renderConfigFile("alertmanager/gossip-tls.yml", {
    trust_file: filePath(trust),
    ...{ server_file: filePath(`${leaves.server}.pem`), server_key_file: filePath(`${leaves.server}.key`) },
    ...{ client_file: filePath(`${leaves.client}.pem`), client_key_file: filePath(`${leaves.client}.key`) },
  });
  return [
    settingFile(config, rendered),
    settingFile(trust, trustBundle(certificates)),
    secretFile(`${leaves.server}.pem`, server.certificate),
    secretFile(`${leaves.server}.key`, server.key),
    secretFile(`${leaves.client}.pem`, client.certificate),
    secretFile(`${leaves.client}.key`, client.key),
  ];
}
