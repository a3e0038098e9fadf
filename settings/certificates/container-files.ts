import type { Encryption } from "../encryption";
import { REPLICATION_USER } from "../names";
import { trustBundle } from "./clients";
import type { StackCertificates } from "./stored";
import { SERVER_LEAF } from "./wanted";

/** A file of a container: its name below the folder of its generation, and what is in it. */
export type CertificateFile = readonly [name: string, content: string];

/**
 * The files with which a container encrypts: what it is to do, whom it believes, and the certificates that it shows; none in
 * mode `plain`. A container without the first has nothing to do with encryption.
 * @param shows names of the files, without their ends, by the certificate in the stack's config
 * @throws Error naming a certificate that the stack does not have
 */
export function encryptionFiles(
  mode: Encryption,
  certificates: StackCertificates | undefined,
  shows: Readonly<Record<string, string>>,
): readonly CertificateFile[] {
  if (mode === "plain" || certificates === undefined) return [];
  const leaves = Object.entries(shows).flatMap(([leafName, file]): CertificateFile[] => {
    const leaf = certificates.leaves[leafName];
    if (leaf === undefined)
      throw new Error(`the stack has no certificate ${leafName}; next: understudy certificates --execute`);
    return [
      [`${file}.crt`, leaf.certificate],
      [`${file}.key`, leaf.key],
    ];
  });
  return [["encryption", `${mode}\n`], ["ca.crt", trustBundle(certificates)], ...leaves];
}

/** What PostgreSQL's container shows: its server, and to its peer the guard's role and the replication's. */
export const POSTGRES_SHOWS = {
  [SERVER_LEAF]: "server",
  understudy_guard: "guard-client",
  [REPLICATION_USER]: "replication-client",
} as const;

/** What Redis' container shows: the same, of Redis. */
export const REDIS_SHOWS = POSTGRES_SHOWS;

/** What the backup container shows: to the peer's PostgreSQL and to its own host's Redis, to the peer's store, and as one. */
export const BACKUP_SHOWS = {
  [REPLICATION_USER]: "replication-client",
  "understudy-backup": "backup-client",
  [SERVER_LEAF]: "server",
} as const;
