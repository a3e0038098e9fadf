import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument, type Document } from "yaml";
import type { DrillConfig } from "../../settings/drill-config";
import type { Role } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import type { HostStack } from "./pair-stacks";

/** A stack's config file, with its text and what is in it. */
export interface StackConfigFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
}

const ROLE = ["config", "understudy:role"] as const;
/** Where a stack's config file asks for a drill. */
export const DRILL = ["config", "understudy:drill"] as const;

/**
 * Reads the config file of a stack itself: what is not secret is there as it is, and a `pulumi` process for each key
 * would cost a second.
 * @throws Error when it is not there
 */
export async function readStackConfig({ stack }: HostStack): Promise<StackConfigFile> {
  const file = path.join(stack.workspace.workDir, `Pulumi.${stack.name}.yaml`);
  const text = await readFile(file, "utf8");
  return { file, text, document: parseDocument(text) };
}

/** The role that a stack declares for its host. @throws UserError, exit code 2, when it declares none */
export async function declaredRole(one: HostStack): Promise<Role> {
  return requireRole(one.host.stack, (await readStackConfig(one)).document.getIn(ROLE));
}

/** What a stack's config has as its role. @throws UserError, exit code 2, when that is none */
export function requireRole(stack: string, role: unknown): Role {
  if (role === "primary" || role === "standby") return role;
  throw new UserError(
    `stack ${stack} declares role ${JSON.stringify(role ?? null)}, allowed: primary, standby`,
    `pulumi -s ${stack} config set understudy:role ${stack}`,
    2,
  );
}

/** The text of a stack's config that gives its host the primary's role by this drill. */
export function withDrill({ text }: StackConfigFile, drill: DrillConfig): string {
  const document = parseDocument(text);
  document.setIn(ROLE, "primary");
  document.setIn(DRILL, drill);
  return document.toString();
}

/** The text of a stack's config that gives its host this role; a standby is asked for no drill. */
export function withRole({ text }: StackConfigFile, role: Role): string {
  const document = parseDocument(text);
  document.setIn(ROLE, role);
  if (role === "standby") document.deleteIn(DRILL);
  return document.toString();
}

/** Declares the role that a host plays now. */
export async function declareRole(one: HostStack, role: Role): Promise<void> {
  const config = await readStackConfig(one);
  await writeFile(config.file, withRole(config, role));
}
