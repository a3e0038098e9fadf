import { moment } from "../../settings/certificates/facts";
import { CERTIFICATE_KEYS } from "../../settings/certificates/stored";
import type { CertificateState } from "../certificates/expiry";
import type { ConfigValues } from "../certificates/secret-config";
import { good, problem, type Finding } from "./finding";

const CHECK = "certificates";

/** Whether a host's certificates are whole, and will be tomorrow; nothing where it has none: a pair works without. */
export function certificateFinding(host: string, state: CertificateState): readonly Finding[] {
  switch (state.kind) {
    case "none":
      return [];
    case "unreadable":
      return [problem(CHECK, host, state.why, "understudy certificates")];
    case "read":
      break;
  }
  const { faults, oldCas, expiries } = state;
  if (faults.length > 0) return [problem(CHECK, host, faults.join("; "), "understudy certificates --execute")];
  if (oldCas.length > 0) {
    const words = `${oldCas.join("; ")}: what it signs would not live its year`;
    return [problem(CHECK, host, words, "understudy certificates --exchange-ca add --execute")];
  }
  const first = Math.min(...expiries.filter(({ kind }) => kind === "leaf").map(({ toMs }) => toMs));
  const leaves = expiries.filter(({ kind }) => kind === "leaf").length;
  return [good(CHECK, host, `${leaves}, the first ends at ${moment(first)}`)];
}

/** The key of the CA belongs into one stack: in every other one it could sign for whoever has that one. */
export function authorityFinding(stack: string, config: ConfigValues): readonly Finding[] {
  const entry = config[`understudy:${CERTIFICATE_KEYS.authority}`];
  if (entry === undefined || (stack === "primary" && entry.secret === true)) return [];
  const words = stack === "primary" ? "is not encrypted" : "belongs into stack primary alone";
  return [
    problem(
      CHECK,
      null,
      `understudy:${CERTIFICATE_KEYS.authority} of stack ${stack} ${words}`,
      `pulumi -s ${stack} config rm understudy:${CERTIFICATE_KEYS.authority}, then exchange the CA: understudy certificates --exchange-ca add --execute`,
    ),
  ];
}
