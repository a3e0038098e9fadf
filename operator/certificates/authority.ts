import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { hasSigned, moment, readChain, validity } from "../../settings/certificates/facts";
import { signingAlgorithm } from "../../settings/certificates/issue";
import {
  CERTIFICATE_KEYS,
  parseAuthorities,
  type Authorities,
  type Authority,
} from "../../settings/certificates/stored";
import type { Environment } from "../../settings/environment";
import { messageOf, UserError } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";
import { placeOfFile, type KnownAuthorities, type StoredOfPair } from "./exchange";
import { secretIn, writeSecret, type ConfigValues } from "./secret-config";

/** What Node says of a key that wants a passphrase: its own word, and OpenSSL's, which asked for one in vain. */
const PASSPHRASE_MISSING = ["ERR_MISSING_PASSPHRASE", "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED"];

type Section = NonNullable<Environment["certificates"]>;

/**
 * The team's own CA from its files: the certificate that signs, and after it those above it.
 * @throws UserError, exit code 2, with the field and what is wrong
 */
export function authorityOfFiles({ ca_file: file, ca_key_file: keyFile }: Section, nowMs: number): Authority {
  const wrong = (field: keyof Section, what: string): UserError =>
    new UserError(`certificates.${field}: ${what}`, "correct the file or the field, then this command again", 2);
  const read = (field: keyof Section, name: string): string => {
    try {
      return readFileSync(name, "utf8");
    } catch (error) {
      throw wrong(field, messageOf(error));
    }
  };
  const chain = chainOf(read("ca_file", file), (what) => wrong("ca_file", `${file} ${what}`));
  const [signer] = chain;
  if (signer === undefined) throw wrong("ca_file", `${file} has no certificate in PEM form`);
  const ended = chain.map((one) => validity(one).toMs).find((ms) => ms <= nowMs);
  if (ended !== undefined) throw wrong("ca_file", `a CA in ${file} ended at ${moment(ended)}`);
  const key = keyOf(read("ca_key_file", keyFile), signer, (what) => wrong("ca_key_file", `${keyFile} ${what}`));
  return { chain: chain.map((one) => one.toString()), key };
}

function chainOf(pem: string, wrong: (what: string) => UserError): readonly X509Certificate[] {
  let chain: readonly X509Certificate[];
  try {
    chain = readChain(pem);
  } catch {
    throw wrong("has a certificate that cannot be read");
  }
  if (!chain.every((one) => one.ca)) throw wrong("has a certificate that is no CA's");
  const top = chain.at(-1);
  if (top !== undefined && !hasSigned(top, top))
    throw wrong("ends with a CA that another one has signed: programs believe a CA that has signed itself");
  for (const [at, one] of chain.entries()) {
    const above = chain[at + 1];
    if (above !== undefined && !hasSigned(above, one)) throw wrong("is no chain: each CA is to be signed by the next");
  }
  return chain;
}

function keyOf(pem: string, signer: X509Certificate, wrong: (what: string) => UserError): string {
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (PASSPHRASE_MISSING.includes(code)) throw wrong("has a passphrase, which this command does not ask for");
    throw wrong("holds no private key in PEM form");
  }
  if (!signer.checkPrivateKey(key)) throw wrong("is the key of another certificate");
  const own = key.export({ type: "pkcs8", format: "pem" }).toString();
  if (signingAlgorithm(own) === undefined) throw wrong("is neither RSA nor on P-256, P-384 or P-521");
  return own;
}

/**
 * The CAs whose keys are at hand: the team's, where the environment names its files, else the pair's own.
 * @throws UserError, exit code 2, when they cannot be used
 */
export function knownAuthorities(
  environment: Environment,
  keeper: HostStack & { readonly config: ConfigValues },
  stored: StoredOfPair["stored"],
  nowMs: number,
): KnownAuthorities {
  if (environment.certificates !== undefined)
    return placeOfFile(stored, authorityOfFiles(environment.certificates, nowMs));
  const text = secretIn(keeper.config, keeper, CERTIFICATE_KEYS.authority);
  if (text === undefined) return { issuer: null, next: null };
  const known = parseAuthorities(text);
  if (known !== undefined) return known;
  throw new UserError(
    `understudy:${CERTIFICATE_KEYS.authority} of stack ${keeper.host.stack} cannot be understood`,
    `put back the Pulumi.${keeper.host.stack}.yaml of before; without it: pulumi -s ${keeper.host.stack} config rm understudy:${CERTIFICATE_KEYS.authority}`,
    2,
  );
}

/** Keeps the pair's own CAs, with their keys, in the config of the stack that has them. @throws as `writeSecret` */
export async function keepAuthorities(keeper: HostStack, { issuer, next }: KnownAuthorities): Promise<void> {
  const kept: Authorities = { version: 1, issuer, next };
  await writeSecret(keeper, CERTIFICATE_KEYS.authority, JSON.stringify(kept));
}
