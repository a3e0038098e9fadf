import { randomBytes } from "node:crypto";
import { readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isNode, parseDocument, Scalar, visit, type Document } from "yaml";
import { parseDrillConfig, type DrillConfig } from "../../settings/drill-config";
import type { Role } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import type { HostStack } from "./pair-stacks";

/** A stack's config file, with its text and what is in it. */
export interface StackConfigFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
}

const ROLE = ["config", "understudy:role"] as const;
const DRILL = ["config", "understudy:drill"] as const;

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

/** The drill that a stack's config asks for now; undefined when there is none, or none that can be understood. */
export function askedDrill({ document }: Pick<StackConfigFile, "document">): DrillConfig | undefined {
  const parsed = parseDrillConfig(drillIn(document));
  return parsed.success ? parsed.data : undefined;
}

function drillIn(document: Document): unknown {
  const drill = document.getIn(DRILL);
  return isNode(drill) ? drill.toJS(document) : drill;
}

type ConfigText = Pick<StackConfigFile, "text" | "file">;

/**
 * The text of a stack's config that gives its host the primary's role by this drill, and leaves everything else as it is.
 * Every text of the drill stands in quotes: Pulumi reads YAML 1.1, to which `2026_11_29` is a number and `yes` a truth.
 * @throws UserError, exit code 2, when a reader of YAML 1.1 or 1.2 would take the text for something else
 */
export function withDrill({ text, file }: ConfigText, drill: DrillConfig): string {
  const document = parsed(file, text);
  document.setIn(ROLE, "primary");
  document.setIn(DRILL, inQuotes(document, drill));
  return readBack(file, document, "primary", { drill });
}

/** The text of a stack's config that gives its host this role; a standby is asked for no drill. @throws as `withDrill` */
export function withRole({ text, file }: ConfigText, role: Role): string {
  const document = parsed(file, text);
  document.setIn(ROLE, role);
  if (role === "standby") document.deleteIn(DRILL);
  return readBack(file, document, role, role === "standby" ? { drill: undefined } : undefined);
}

/** The text of a stack's config without its drill. */
export function withoutDrill({ text, file }: ConfigText): string {
  const document = parsed(file, text);
  document.deleteIn(DRILL);
  return document.toString({ lineWidth: 0 });
}

function parsed(file: string, text: string): Document {
  const document = parseDocument(text);
  const [first] = document.errors;
  if (first === undefined) return document;
  throw new UserError(`${file} cannot be understood: ${messageOf(first)}`, `mend ${file}, then this command again`, 2);
}

function inQuotes(document: Document, drill: DrillConfig): unknown {
  const node = document.createNode(drill);
  visit(node, {
    Scalar: (key, scalar) => {
      if (key !== "key" && typeof scalar.value === "string") scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return node;
}

/** The document's text, once every reader of it was seen to read what was meant. */
function readBack(
  file: string,
  written: Document,
  role: Role,
  meant: { readonly drill: DrillConfig | undefined } | undefined,
): string {
  const text = written.toString({ lineWidth: 0 });
  for (const version of ["1.1", "1.2"] as const) {
    const document = parseDocument(text, { version });
    const [said, drill] = [document.getIn(ROLE), drillIn(document)];
    if (document.errors.length === 0 && said === role && (meant === undefined || isDeepStrictEqual(drill, meant.drill)))
      continue;
    throw new UserError(
      `${path.basename(file)} would say something else to a reader of YAML ${version}: ${JSON.stringify({ role: said, drill })}`,
      "the same command with a plain drill id and plain words: letters, digits, spaces",
      2,
    );
  }
  return text;
}

/**
 * Puts a config's text in place whole or not at all: it is written beside the file, read back and renamed. A link stays
 * a link, and the file keeps its mode.
 * @throws UserError when the file cannot be written, or holds another text than was written; the old text is there then
 */
export async function writeStackConfig(file: string, text: string): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const beside = path.join(path.dirname(place), `.${path.basename(place)}.${randomBytes(6).toString("hex")}`);
  try {
    const mode = await stat(place).then(
      (one) => one.mode & 0o777,
      () => 0o600,
    );
    await writeFile(beside, text, { mode, flag: "wx", flush: true });
    if ((await readFile(beside, "utf8")) !== text) throw new Error("what was read back is not what was written");
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new UserError(
      `${file} cannot be written: ${messageOf(error)}`,
      `ls -l ${path.dirname(place)}, and make it writable`,
    );
  }
}

/** Declares the role that a host plays now; a standby is asked for no drill. */
export async function declareRole(one: HostStack, role: Role): Promise<void> {
  const config = await readStackConfig(one);
  await writeStackConfig(config.file, withRole(config, role));
}
