import { ErrorReply } from "@redis/client";
import { DatabaseError } from "pg";
import { messageOf } from "../../settings/user-error";

/**
 * What a failed attempt to speak with a server says of it. `lives`: a server answered, whatever it answered, with its
 * SQLSTATE, the first word of its RESP error or its TLS alert. `silent`: nothing answered. `unknown`: the attempt failed on this machine,
 * which says nothing of the server; `code` is the system's then.
 */
export type SignOfLife =
  | { readonly sign: "lives"; readonly code: string }
  | { readonly sign: "silent" }
  | { readonly sign: "unknown"; readonly code: string };

/** A server's message came before the attempt failed; `cause` is how it failed. */
export class AnsweredBefore extends Error {}

/** The code of a server that was asked to encrypt and does not. */
export const NO_ENCRYPTION = "no-encryption";

/** The code of an answer that carries none. */
const NO_CODE = "no-code";

/**
 * Errors of a socket that are the silence of the other end. Every other code is trouble of this machine: no descriptor or
 * port left, no route, a name that cannot be resolved.
 */
const SILENT: readonly string[] = [
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN"],
  "ERR_SOCKET_CONNECTION_TIMEOUT",
];

/**
 * A TLS alert that the other end sent, by the name that OpenSSL gives it: a server that does not believe the certificate
 * that it was shown has answered. What this end does not believe has other codes, such as CERT_HAS_EXPIRED.
 */
const ALERT = /^ERR_SSL_(SSLV3|TLSV1|TLSV13)_ALERT_/;

/**
 * How the codes of a TLS failure begin: of this end's checks of a certificate (expired, not yet valid, another CA, another
 * name), of an alert of the other end, of a port that does not encrypt.
 */
const TLS =
  /^(ERR_(SSL|TLS)_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$|EPROTO$|no-encryption$)/;

/**
 * The code of a failure of TLS; undefined where the attempt failed otherwise. Whatever the server says or does: nobody can
 * tell what it is, and it is never taken for silent.
 */
export function tlsFailure(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(tlsFailure).find((one) => one !== undefined);
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
  return code !== undefined && TLS.test(code) ? code : undefined;
}

/** What the failure of an attempt to ask PostgreSQL says. Decided by SQLSTATE and by the system's codes, never by words. */
export function postgresSign(error: unknown): SignOfLife {
  if (error instanceof DatabaseError) return { sign: "lives", code: error.code ?? NO_CODE };
  return signOf(error, postgresSign);
}

/** The same of Redis, by the RESP error's first word. */
export function redisSign(error: unknown): SignOfLife {
  if (error instanceof ErrorReply) return { sign: "lives", code: respCode(error.message) };
  return signOf(error, redisSign);
}

/** The first word of an error as Redis sends it, such as NOAUTH or BUSY. */
export function respCode(line: string): string {
  return /^-?([A-Z][A-Z0-9]*)\b/.exec(line)?.[1] ?? NO_CODE;
}

function signOf(error: unknown, each: (one: unknown) => SignOfLife): SignOfLife {
  if (error instanceof AnsweredBefore) return { sign: "lives", code: codeOf(error.cause) ?? NO_CODE };
  // One for each address that a name has.
  if (error instanceof AggregateError) {
    const all = error.errors.map(each);
    return all.find(({ sign }) => sign === "lives") ?? all.find(({ sign }) => sign === "unknown") ?? { sign: "silent" };
  }
  // An error without a code is a driver's or our own: the time was up, or the connection ended without a word.
  const code = codeOf(error);
  if (code !== undefined && ALERT.test(code)) return { sign: "lives", code };
  return code !== undefined && !SILENT.includes(code) ? { sign: "unknown", code } : { sign: "silent" };
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Whether an error is the system's, of a socket that could not be opened or broke. */
export function isSystemError(error: unknown): boolean {
  return error instanceof AggregateError || codeOf(error) !== undefined;
}

/** A sign in words, with the code that it was decided by. */
export function signWords(sign: SignOfLife, error: unknown): string {
  switch (sign.sign) {
    case "lives":
      return `lives, and lets nobody in: ${sign.code === NO_CODE ? "" : `${sign.code}: `}${messageOf(error)}`;
    case "silent":
      return messageOf(error);
    case "unknown":
      return `could not be asked from here: ${messageOf(error)}`;
  }
}
