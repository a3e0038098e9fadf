import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { commonName, validity } from "../settings/certificates/facts";
import type { CertificateSight } from "./sight";

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The CAs that this host believes stand in the file of this name, all others have one certificate and those above it. */
const TRUST = "ca.pem";

/** @throws Error when what should be a certificate is none */
function certificatesIn(pem: string): readonly X509Certificate[] {
  return (pem.match(PEM) ?? []).map((one) => new X509Certificate(one));
}

/**
 * When each certificate of this host ends: those in the folder `certificates` of its files, and the CAs that it believes.
 * Empty where there are none. One that cannot be read is left out: it is not known when it ends.
 */
export async function readCertificates(files: string): Promise<readonly CertificateSight[]> {
  const folder = path.join(files, "certificates");
  const names = await readdir(folder).catch((): string[] => []);
  const read = names.sort().map(async (file): Promise<readonly CertificateSight[]> => {
    try {
      const all = certificatesIn(await readFile(path.join(folder, file), "utf8"));
      const sight = (one: X509Certificate, kind: CertificateSight["kind"], name: string): CertificateSight => ({
        ...{ kind, name, notAfter: validity(one).toMs / 1000 },
      });
      if (file === TRUST) return all.map((one) => sight(one, "ca", commonName(one)));
      return all.slice(0, 1).map((one) => sight(one, "leaf", file.replace(/\.pem$/, "")));
    } catch {
      return [];
    }
  });
  return (await Promise.all(read)).flat();
}
