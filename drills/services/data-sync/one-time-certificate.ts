import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A key and a certificate that it has signed itself, both PEM. Who has them is one of the two ends, and nobody else is. */
export interface OneTimeCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** One value of DER, the binary form of certificates: its tag, its length, its content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const long = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(size < 0x80 ? [size] : long)]), body]);
}

const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
/** The identifier of ECDSA with SHA-256, RFC 5758. */
const ALGORITHM = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
/** The common name `understudy`; its identifier is 2.5.4.3. */
const NAME = sequence(der(0x31, sequence(Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from("understudy")))));
/** From 2020 to 2099: a key is used for one drill, and a host's clock may be wrong. */
const VALIDITY = sequence(der(0x17, Buffer.from("200101000000Z")), der(0x18, Buffer.from("20991231235959Z")));

/**
 * Makes a certificate on P-256 by RFC 5280, for the two sync containers of one drill: each shows it to the other, over a
 * line that needs no further authority.
 */
export function oneTimeCertificate(): OneTimeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    ...[der(0x02, serial), ALGORITHM, NAME, VALIDITY, NAME],
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", toBeSigned, privateKey));
  const lines = sequence(toBeSigned, ALGORITHM, signature)
    .toString("base64")
    .replaceAll(/.{1,64}/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
  };
}
