import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Extension, X509CertificateGenerator } from "@peculiar/x509";
import { readChain, validity } from "./facts";
import type { Authority, StoredLeaf } from "./stored";
import type { WantedLeaf } from "./wanted";

const DAY_MS = 86_400_000;
/** How long a pair's CA lives. */
export const AUTHORITY_DAYS = 3650;
/** How long a certificate of a host or a role lives; it never outlives its CA. */
export const LEAF_DAYS = 365;
/**
 * Certificates begin so long before they are made. A host whose clock is behind must take one at once; nothing is issued
 * while a clock differs by more than five minutes, and an hour leaves room for one that is set later.
 */
export const BACK_DATED_MS = 3_600_000;

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** The library, loaded by who issues something: it takes a tenth of a second, and `Reflect` metadata has to be there before it. */
async function library(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

/** 128 random bits. RFC 5280 wants a serial number positive and at most 20 octets. */
function serialNumber(): string {
  return randomBytes(16).toString("hex");
}

interface NewKey {
  readonly pem: string;
  readonly pair: webcrypto.CryptoKeyPair;
}

async function newKey(): Promise<NewKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { subtle } = webcrypto;
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    pair: {
      privateKey: await subtle.importKey("pkcs8", privateKey.export({ type: "pkcs8", format: "der" }), P256, false, [
        "sign",
      ]),
      publicKey: await subtle.importKey("spki", publicKey.export({ type: "spki", format: "der" }), P256, true, []),
    },
  };
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** How a CA with this key signs; undefined when this program cannot. */
export function signingAlgorithm(
  keyPem: string,
): webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPrivateKey(keyPem);
  const namedCurve = CURVES[details?.namedCurve ?? ""];
  if (type === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  return type === "ec" && namedCurve !== undefined ? { name: "ECDSA", namedCurve } : undefined;
}

/** Makes the CA of a pair: it may sign the pair's certificates, and no other CA. */
export async function makeAuthority(environment: string, nowMs: number): Promise<Authority> {
  const x509 = await library();
  const key = await newKey();
  const serial = serialNumber();
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    // Two CAs of one pair stand side by side while one is exchanged: a name of its own for each.
    name: `CN=understudy CA of ${environment} ${serial.slice(0, 8)}`,
    keys: key.pair,
    serialNumber: serial,
    signingAlgorithm: P256,
    notBefore: new Date(nowMs - BACK_DATED_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(key.pair.publicKey),
    ],
  });
  return { chain: [withLineEnd(made.toString("pem"))], key: key.pem };
}

/** Issues what a host is to have, with a new key. @throws Error when the CA's key is of a kind that cannot sign here */
export async function issueLeaf(wanted: WantedLeaf, authority: Authority, nowMs: number): Promise<StoredLeaf> {
  const x509 = await library();
  const [signer] = readChain(authority.chain[0] ?? "");
  const algorithm = signingAlgorithm(authority.key);
  if (signer === undefined || algorithm === undefined)
    throw new Error("the CA's key is of a kind that cannot sign here");
  const der = createPrivateKey(authority.key).export({ type: "pkcs8", format: "der" });
  const key = await newKey();
  const issued = await x509.X509CertificateGenerator.create({
    subject: `CN=${wanted.commonName}`,
    issuer: new x509.X509Certificate(signer.raw).subjectName,
    publicKey: key.pair.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    serialNumber: serialNumber(),
    notBefore: new Date(Math.max(nowMs - BACK_DATED_MS, validity(signer).fromMs)),
    notAfter: new Date(Math.min(nowMs + LEAF_DAYS * DAY_MS, validity(signer).toMs)),
    extensions: await leafExtensions(x509, wanted, { own: key.pair.publicKey, signer }),
  });
  const between = authority.chain.slice(0, -1).map(withLineEnd);
  return { certificate: [withLineEnd(issued.toString("pem")), ...between].join(""), key: key.pem };
}

async function leafExtensions(
  x509: typeof import("@peculiar/x509"),
  { use, names }: WantedLeaf,
  { own, signer }: { readonly own: webcrypto.CryptoKey; readonly signer: { readonly raw: Buffer } },
): Promise<Extension[]> {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const alternative = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([use === "server" ? serverAuth : clientAuth]),
    await x509.SubjectKeyIdentifierExtension.create(own),
    await x509.AuthorityKeyIdentifierExtension.create(new x509.X509Certificate(signer.raw)),
    ...(alternative.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternative)]),
  ];
}

/**
 * A certificate that its own key has signed, for two ends that are given both: no further authority is needed. It is valid
 * from 2020 to 2099, whatever a host's clock says.
 */
export async function makeOneTime(name: string): Promise<StoredLeaf> {
  const x509 = await library();
  const key = await newKey();
  const params: Parameters<typeof X509CertificateGenerator.createSelfSigned>[0] = {
    name: `CN=${name}`,
    keys: key.pair,
    serialNumber: serialNumber(),
    signingAlgorithm: P256,
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2099-12-31T23:59:59Z"),
    extensions: [await x509.SubjectKeyIdentifierExtension.create(key.pair.publicKey)],
  };
  const made = await x509.X509CertificateGenerator.createSelfSigned(params);
  return { certificate: withLineEnd(made.toString("pem")), key: key.pem };
}

function withLineEnd(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
