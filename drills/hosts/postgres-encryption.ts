import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import type { ClientCertificate } from "../../settings/certificates/clients";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { encryptionOf, usesEncryption } from "../../settings/encryption";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { bounded } from "./bounded";
import { connectEngine } from "./engine";
import { readInContainer } from "./run-in-container";
import { AnsweredBefore, NO_ENCRYPTION } from "./signs-of-life";

/** A server that was asked to encrypt has said that it does not: it lives. */
export class PlainOnly extends AnsweredBefore {
  readonly code = NO_ENCRYPTION;

  constructor(address: string, port: number) {
    super(`the server at ${address}:${port} does not encrypt`);
  }
}

/** Whom a session believes, and what it shows of itself; an application shows nothing. */
export type SessionTls = Pick<ClientCertificate, "ca"> & Partial<ClientCertificate>;

/**
 * What the driver is told so that it believes a server only with a certificate of the pair's CAs that stands for the
 * address, and shows the role's own. The driver itself would check an IP address against `localhost`.
 */
export function tlsOptions({ ca, cert, key }: SessionTls, address: string): ConnectionOptions {
  return {
    ...{ ca, cert, key, minVersion: "TLSv1.2", rejectUnauthorized: true },
    checkServerIdentity: (_asked, certificate) => checkServerIdentity(address, certificate),
  };
}

/** Whether a session is encrypted. The driver keeps what it encrypts with, and its types call that a boolean. */
export function isEncrypted({ ssl }: { readonly ssl?: unknown }): boolean {
  return ssl !== undefined && ssl !== false;
}

/** How a session may go to a server: with this certificate, or plain; in the order in which it is tried. */
export type Ways = readonly (ClientCertificate | undefined)[];

/**
 * The ways of a session of ours. Where a pair is on its way from one mode to another, a server may not have gone along yet.
 * @param client undefined where the stack has no certificates
 */
export function waysTo(environment: Environment, client: ClientCertificate | undefined): Ways {
  if (client === undefined) return [undefined];
  return usesEncryption(encryptionOf(environment, true)) ? [client, undefined] : [undefined, client];
}

/** The certificate that sessions of ours show first; undefined where they are plain. */
export function firstWay(
  environment: Environment,
  { clients }: Pick<Credentials, "clients">,
  role: "understudy_drill" | "understudy_probe",
): ClientCertificate | undefined {
  return waysTo(environment, clients?.[role])[0];
}

/** With what an attempt to connect may take, this stays below the bound of a session. */
const SAID_MS = 4000;

/**
 * Whether a host itself says, by the way to its engine, that its server does not encrypt, as before its first `up` with
 * certificates. What a port answers alone is no reason to go on plain: whoever sits between could say so.
 */
export async function isPlainByItsHost(host: NamedHost): Promise<boolean> {
  const engine = connectEngine(host);
  try {
    const file = `${SERVICES.timescaledb.guardFolder}/encryption`;
    const words = ["sh", "-c", `cat ${file} 2>/dev/null || echo plain off`];
    const asked = readInContainer(engine.docker, containerName("timescaledb"), words);
    return /^\w+ off\b/.test(await bounded(`${host.name}: Docker engine`, SAID_MS, asked));
  } catch {
    return false;
  } finally {
    engine.close();
  }
}
