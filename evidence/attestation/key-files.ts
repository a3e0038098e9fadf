import type { Environment } from "../../settings/environment";
import { messageOf, UserError } from "../../settings/user-error";
import { readText } from "../read-evidence";
import { signingKeyFrom, verifyingKeyFrom, type SigningKey, type VerifyingKey } from "./keys";

const LIMIT_BYTES = 64 * 1024;

/**
 * The key that the environment's evidence is signed with; null when the environment names none.
 * @throws UserError naming the file, what is wrong with it, and the command that makes a key
 */
export async function readSigningKey({ evidence }: Pick<Environment, "evidence">): Promise<SigningKey | null> {
  if (evidence === undefined) return null;
  const { signing_key_file: path, key_is_for: isFor } = evidence;
  const next =
    isFor === "lab" ? "understudy lab up" : `openssl genpkey -algorithm ed25519 -out ${path}, or name another file`;
  return keyFrom(path, `evidence.signing_key_file: `, next, (pem) => signingKeyFrom(pem, isFor));
}

/**
 * The public key in a file, to verify signatures with.
 * @throws UserError naming the file, what is wrong with it, and the command that mends it
 */
export function readVerifyingKey(path: string): Promise<VerifyingKey> {
  const next = `openssl pkey -in PRIVATE.pem -pubout -out ${path}`;
  return keyFrom(path, "--key: ", next, verifyingKeyFrom);
}

async function keyFrom<Key>(path: string, where: string, next: string, read: (pem: string) => Key): Promise<Key> {
  const file = await readText(path, LIMIT_BYTES);
  if (!file.ok) throw new UserError(`${where}${file.reason}`, next, 2);
  try {
    return read(file.bytes.toString("utf8"));
  } catch (thrown) {
    throw new UserError(`${where}${path} ${messageOf(thrown)}`, next, 2);
  }
}
