import { encryptionOf, type Encryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { FoundEncryption, PlainClient } from "../doctor/encryption-findings";
import type { Change } from "./refuse-changes";

/** Names that sessions of ours give; they encrypt by themselves. */
const OURS = /^understudy([-_]|$)/;

/**
 * Clients that could not come in any more: PostgreSQL of the host takes who is plain, and would not after an `up`. Pure.
 * @param hasCertificates whether the stack has some
 * @param found undefined where the host could not be asked: nothing is known of its clients
 * @param file the environment file
 */
export function plainClientChanges(
  host: Pick<NamedHost, "name">,
  environment: Pick<Environment, "encryption">,
  hasCertificates: boolean,
  found: Pick<FoundEncryption, "mode" | "plain"> | undefined,
  file: string,
): Change[] {
  const wanted: Encryption = encryptionOf(environment, hasCertificates);
  if (wanted !== "required" || found === undefined || found.mode === "required") return [];
  const clients = (found.plain ?? []).filter(({ application, role }) => !OURS.test(application) && !OURS.test(role));
  if (clients.length === 0) return [];
  return [
    {
      words: `PostgreSQL on ${host.name} has clients that do not encrypt, and would not come in again: ${clients.map(told).join(", ")}`,
      way: `encryption: used in ${file} until understudy doctor lists nobody; docs/CONNECT.md has what each client is told`,
    },
  ];
}

function told({ role, application, address, sessions }: PlainClient): string {
  return `${sessions} of ${role}${application === "" ? "" : ` (${application})`} from ${address}`;
}
