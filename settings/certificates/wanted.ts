import { isIP } from "node:net";
import { canonicalAddress, isWildcard } from "../address";
import type { Environment } from "../environment";
import { DOOR_ROLE, REPLICATION_USER } from "../names";
import { CERTIFIED_ROLES } from "../own-roles";
import { namedHosts, type NamedHost } from "../pair";
import { UserError } from "../user-error";

/** What a certificate may be used for: to be connected to, or to connect. */
export type LeafUse = "server" | "client";

/** A certificate that a host of the pair is to have. */
export interface WantedLeaf {
  /** Its key in the stack's config: `server`, or the role that it is for. */
  readonly name: string;
  readonly use: LeafUse;
  readonly commonName: string;
  /** Host names and addresses that it stands for, in canonical form, each once; none for a client. */
  readonly names: readonly string[];
}

/** The key of the one certificate with which every server of a host shows itself. */
export const SERVER_LEAF = "server";

/** The roles that show a certificate where they connect: each is its common name. */
export const CLIENT_LEAVES = [...CERTIFIED_ROLES, REPLICATION_USER, "understudy-backup", "understudy-front"] as const;

/** Programs on a host speak to its own servers by these. */
const OWN_NAMES = ["localhost", "127.0.0.1"];

/** The name that the servers of both hosts answer to: for clients that take whichever host is primary. */
export function sharedName({ name }: Pick<Environment, "name">): string {
  return `${name}.understudy`;
}

const LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
/** A last label of digits alone is an address that is none, such as 10.0.0.300. */
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(${LABEL}\\.)*(?![0-9]+$)${LABEL}$`);

/** A host name in lower case, or an address in its shortest form; undefined when a certificate can hold neither. */
export function canonicalName(name: string): string | undefined {
  if (isIP(name) !== 0) return canonicalAddress(name);
  return HOST_NAME.test(name.toLowerCase()) ? name.toLowerCase() : undefined;
}

/** The certificates of one host. @throws UserError, exit code 2, with the field whose address no certificate can hold */
export function wantedLeaves(environment: Environment, host: NamedHost): readonly WantedLeaf[] {
  const { address, replication_address, listen = [] } = host;
  const said = [
    ...Object.entries({ address, replication_address }),
    ...listen
      .filter((one) => !isWildcard(canonicalAddress(one) ?? one))
      .map((one): [string, string] => ["listen", one]),
  ];
  const names = said.map(([field, value]) => {
    const canonical = canonicalName(value);
    if (canonical !== undefined) return canonical;
    throw new UserError(
      `hosts.${host.name}.${field}: ${JSON.stringify(value)} is no host name and no address that a certificate can hold`,
      "correct the field, then this command again",
      2,
    );
  });
  const all = [host.name, ...names, sharedName(environment), ...OWN_NAMES];
  return [
    { name: SERVER_LEAF, use: "server", commonName: host.name, names: [...new Set(all)] },
    ...[...CLIENT_LEAVES, ...(environment.clients === undefined ? [] : [DOOR_ROLE])].map((role): WantedLeaf => ({
      name: role,
      use: "client",
      commonName: role,
      names: [],
    })),
  ];
}

/** The certificates of every host, by its name. @throws as `wantedLeaves` */
export function wantedOfAll(environment: Environment): Readonly<Record<string, readonly WantedLeaf[]>> {
  return Object.fromEntries(namedHosts(environment).map((host) => [host.name, wantedLeaves(environment, host)]));
}
