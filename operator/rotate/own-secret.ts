import { scramVerifier } from "../../drills/bootstrap/scram";
import type { Credentials } from "../../settings/credentials";
import { readSecret, withValue } from "./facts";
import type { RotatedSecret } from "./rotated-secret";
import { hasClients, keyOfRotated, postgresAccounts, ROTATED, type Rotated } from "./secrets";

/** One of the pair's own secrets. */
export function ownSecret(name: Rotated): RotatedSecret {
  return {
    word: name,
    key: keyOfRotated(name),
    keepsOld: hasClients(name),
    read: (asked) => readSecret(name, asked),
    statement: (fresh, credentials) => alterStatement(name, withValue(credentials, name, fresh)),
    sessions: (credentials, { old, fresh }) => ({
      ...withValue(credentials, name, fresh),
      before: { ...credentials.before, ...(old !== null && { [ROTATED[name].credential]: old }) },
    }),
  };
}

/**
 * All roles in one statement: no session of ours finds one of them with the new password and another with the old. It has
 * verifiers alone. Pure but for their salts.
 */
export function alterStatement(name: Rotated, credentials: Credentials): string {
  const statements = postgresAccounts(name, credentials).map(
    (one) => `alter role ${one.name} password '${scramVerifier(one.password(credentials))}';`,
  );
  return `do $rotate$ begin ${statements.join(" ")} end $rotate$`;
}
