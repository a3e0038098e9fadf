import type { Encryption } from "./encryption";
import { SUPERUSER } from "./names";

/** One line of an operator's about who may connect to PostgreSQL. */
export interface HbaLine {
  /** Its number in the operator's file, from 1. */
  readonly at: number;
  readonly type: "host" | "hostssl" | "hostnossl";
  readonly method: (typeof METHODS)[number];
  readonly text: string;
}

const TYPES = ["host", "hostssl", "hostnossl"] as const;
const METHODS = ["scram-sha-256", "cert", "reject"] as const;
const OPTIONS = ["clientcert=verify-ca", "clientcert=verify-full"];
/** Names as PostgreSQL has them, with or without quotes; `+` before a role stands for its members. */
const NAMES =
  /^\+?("[^"\s,@/+]{1,63}"|[A-Za-z_][A-Za-z0-9_$-]{0,62})(,\+?("[^"\s,@/+]{1,63}"|[A-Za-z_][A-Za-z0-9_$-]{0,62}))*$/;
const NETWORK = /^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/;
const OURS = /^\+?"?understudy(_\w*)?"?$/;
/** The comment before the last line of ours, which takes everybody with a password. */
const LAST = "# Everybody else needs a password";

/** Why one line may not be there; undefined when it may. */
function whyNot(words: readonly string[]): string | undefined {
  const [type = "", database = "", user = "", address = "", method = "", ...options] = words;
  if (type === "local") return "the socket is the container's own: a line of type host, hostssl or hostnossl";
  if (/^include/.test(type) || words.some((one) => one.startsWith("@"))) return "no other file: write its lines here";
  if (!(TYPES as readonly string[]).includes(type)) return `${type}: a line of type ${TYPES.join(", ")}`;
  if (!NAMES.test(database)) return `${database || "no database"}: a database by its name, several with commas, or all`;
  if (database.split(",").some((one) => one === "replication"))
    return "replication: the pair's own role replicates, and nobody else";
  if (!NAMES.test(user)) return `${user || "no role"}: a role by its name, several with commas, or all`;
  const own = user.split(",").find((one) => OURS.test(one) || one.replaceAll('"', "") === SUPERUSER);
  if (own !== undefined) return `${own}: our own lines are for it; \`access.superuser_over_network\` for ${SUPERUSER}`;
  if (address !== "all" && !NETWORK.test(address))
    return `${address || "no address"}: a network with its length, such as 10.20.0.0/16, or all`;
  if (!(METHODS as readonly string[]).includes(method))
    return `${method || "no method"}: one of ${METHODS.join(", ")}; any other opens more than a password does, or needs a file or a secret`;
  if (method === "cert" && type !== "hostssl") return "cert: only in a line of type hostssl";
  const option = options.find((one) => !OPTIONS.includes(one));
  if (option !== undefined) return `${option}: the options are ${OPTIONS.join(", ")}`;
  if (options.length > 0 && type !== "hostssl") return `${options.join(" ")}: only in a line of type hostssl`;
  return undefined;
}

/**
 * Reads an operator's lines for pg_hba.conf. Pure: what PostgreSQL makes of them, it says itself.
 * @returns the lines, and everything that is wrong, each with the number of its line
 */
export function readHbaLines(content: string): {
  readonly lines: readonly HbaLine[];
  readonly problems: readonly string[];
} {
  const lines: HbaLine[] = [];
  const problems: string[] = [];
  for (const [index, whole] of content.split(/\r?\n/).entries()) {
    const text = whole.replace(/#.*$/, "").trim();
    if (text === "") continue;
    const words = text.split(/\s+/);
    const why = text.endsWith("\\") ? "each line by itself" : whyNot(words);
    if (why !== undefined) problems.push(`line ${index + 1}: ${why}`);
    else
      lines.push({
        ...{ at: index + 1, text: words.join("  ") },
        ...{ type: words[0] as HbaLine["type"], method: words[4] as HbaLine["method"] },
      });
  }
  return { lines, problems };
}

/** What an encryption mode has no room for, each with the number of its line. Pure. */
export function hbaProblems(lines: readonly HbaLine[], mode: Encryption): readonly string[] {
  return lines.flatMap(({ at, type, method }) => {
    if (mode === "plain" && type === "hostssl")
      return [`line ${at}: hostssl: nobody encrypts where \`encryption\` is plain`];
    if (mode === "required" && type !== "hostssl" && method !== "reject")
      return [`line ${at}: ${type}: \`encryption\` is required, so only hostssl may let somebody in`];
    return [];
  });
}

/**
 * The product's file with an operator's lines before the last of ours: of all lines the first that fits counts. What our own
 * sessions need stands before theirs, so none of them keeps the other host out.
 * @throws Error when the product's file has no such place
 */
export function withHbaLines(own: string, lines: readonly HbaLine[], required = false): string {
  if (lines.length === 0) return own;
  const at = own.indexOf(LAST);
  if (at < 0) throw new Error(`pg_hba.conf has no place for lines of an operator's: ${LAST}`);
  const first = required
    ? `hostssl    all          ${SUPERUSER}              all           scram-sha-256`
    : `host    all          understudy_guard,${SUPERUSER}  all  scram-sha-256`;
  return `${own.slice(0, at)}# What the other host asks with, before the operator's lines; the superuser where it is not refused above.
${first}

# The operator's, by \`overlays.pg_hba\`.
${lines.map(({ text }) => text).join("\n")}

${own.slice(at)}`;
}
