import { REPLICATION_USER } from "../names";
import { parseCertificates, type StackCertificates } from "./stored";

/** How a session shows itself and whom it believes, PEM. */
export interface ClientCertificate {
  /** The CAs that are believed, one after the other. */
  readonly ca: string;
  /** The certificate, and after it those between it and a CA that is believed. */
  readonly cert: string;
  readonly key: string;
}

/** The roles whose sessions begin on the operator's machine. */
const CLIENT_ROLES = ["understudy_drill", "understudy_probe", REPLICATION_USER] as const;

/** One of them. */
export type ClientRole = (typeof CLIENT_ROLES)[number];

/** The certificates that the sessions on the operator's machine show, by role. */
export type ClientCertificates = Readonly<Partial<Record<ClientRole, ClientCertificate>>>;

/** Whom a host believes, as one text of PEM. */
export function trustBundle({ trust }: Pick<StackCertificates, "trust">): string {
  return trust.map((one) => `${one.trimEnd()}\n`).join("");
}

/**
 * What our own sessions need of a stack's certificates; undefined where it has none, or where they cannot be read.
 * @param text what the stack's config has
 */
export function clientCertificates(text: string | undefined): ClientCertificates | undefined {
  const all = text === undefined || text === "" ? undefined : parseCertificates(text);
  if (all === undefined) return undefined;
  const ca = trustBundle(all);
  return Object.fromEntries(
    CLIENT_ROLES.flatMap((role) => {
      const leaf = all.leaves[role];
      return leaf === undefined ? [] : [[role, { ca, cert: leaf.certificate, key: leaf.key }]];
    }),
  );
}
