import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { link, rm, symlink, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../settings/user-error";
import { ENVIRONMENT_FILE, PASSPHRASE_FILE, wantsPassphrase } from "./environment-text";

/** The folder that this program lies in: a checkout, or an installed package. */
export const PROGRAM = path.resolve(__dirname, "../..");

/** One file of the operator's folder, and what became of it. */
export interface FileOutcome {
  readonly file: string;
  readonly done: "written" | "was there";
  readonly what: string;
}

/** A file that the folder is to have. */
export interface WantedFile {
  readonly file: string;
  readonly what: string;
  readonly text: string;
  readonly mode?: number;
}

const IGNORED = `# Not for a repository: the passphrase opens every secret in Pulumi.*.yaml.
${PASSPHRASE_FILE}
state/
node_modules/
docs/results/
`;

/**
 * The files of a project for this environment. Pure, but for the passphrase, which is drawn at random.
 * @param hosts the hosts by the stack that declares each
 */
export function wantedFiles(
  environment: string,
  hosts: Readonly<Partial<Record<"primary" | "standby", string>>>,
  backend: string,
): readonly WantedFile[] {
  const stacks = Object.entries(hosts).map(([stack, host]) => ({
    file: `Pulumi.${stack}.yaml`,
    what: `the stack of ${host}, its secrets encrypted`,
    text: `# The stack of ${host}. \`understudy\` keeps role, drill and secrets here; these change with every drill.
config:
  understudy:environment: ${ENVIRONMENT_FILE}
  understudy:host: ${host}
  understudy:role: ${stack}
`,
  }));
  return [
    { file: ENVIRONMENT_FILE, what: "the environment file: hosts, images, objectives", text: environment },
    {
      file: "Pulumi.yaml",
      what: "the Pulumi project",
      text: readFileSync(path.join(PROGRAM, "configs/project/Pulumi.yaml"), "utf8"),
    },
    ...stacks,
    ...(wantsPassphrase(backend)
      ? [
          {
            file: PASSPHRASE_FILE,
            what: "the passphrase of the stacks' secrets; keep a copy elsewhere",
            text: `${randomBytes(24).toString("base64url")}\n`,
            mode: 0o600,
          },
        ]
      : []),
    { file: ".gitignore", what: "what no repository should have", text: IGNORED },
  ];
}

/**
 * Writes what is missing, each file whole or not at all, and leaves what is there as it is.
 * @throws UserError, exit code 2, before anything is written, where a passphrase is missing whose secrets are there
 */
export async function writeMissing(folder: string, wanted: readonly WantedFile[]): Promise<readonly FileOutcome[]> {
  refuseLostPassphrase(folder, wanted);
  const outcomes: FileOutcome[] = [];
  for (const one of wanted) outcomes.push(await writeOnce(folder, one));
  return outcomes;
}

function refuseLostPassphrase(folder: string, wanted: readonly WantedFile[]): void {
  if (!wanted.some(({ file }) => file === PASSPHRASE_FILE) || existsSync(path.join(folder, PASSPHRASE_FILE))) return;
  const encrypted = wanted.find(({ file }) => file.startsWith("Pulumi.") && hasSalt(path.join(folder, file)));
  if (encrypted === undefined) return;
  throw new UserError(
    `${path.join(folder, PASSPHRASE_FILE)} is not there, and the secrets of ${encrypted.file} are encrypted with it`,
    `put the file back from your copy: another passphrase opens nothing`,
    2,
  );
}

/** Whether a stack's config was ever made by the engine, with a passphrase or with secrets. */
export function hasSalt(file: string): boolean {
  try {
    return /^(encryptionsalt|encryptedkey|secretsprovider):|\bsecure: /m.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

async function writeOnce(folder: string, { file, what, text, mode = 0o644 }: WantedFile): Promise<FileOutcome> {
  const place = path.join(folder, file);
  if (existsSync(place)) return { file, done: "was there", what };
  const beside = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(beside, text, { mode, flag: "wx", flush: true });
    // Refused where somebody has made the file in the meantime.
    await link(beside, place);
  } finally {
    await rm(beside, { force: true });
  }
  return { file, done: "written", what };
}

/** The places where plain words find the program in the operator's folder. */
const OWN_PLACE = "node_modules/understudy";
const OWN_COMMAND = "node_modules/.bin/understudy";

/**
 * Where the program is not installed in this folder, links to it: Pulumi finds the program below the project, and the
 * command has the same name as with an installed package. What npm has put there stays.
 * @returns whether it is a link to this program
 */
export async function linkProgram(folder: string): Promise<boolean> {
  const place = path.join(folder, OWN_PLACE);
  if (existsSync(path.join(place, "package.json")) && !isLink(path.join(place, "package.json"))) return false;
  mkdirSync(place, { recursive: true });
  mkdirSync(path.join(folder, path.dirname(OWN_COMMAND)), { recursive: true });
  const entries = readdirSync(PROGRAM).filter((name) => !/^Pulumi.*\.yaml$/.test(name) && !name.startsWith("."));
  for (const name of entries) await linkTo(path.join(PROGRAM, name), path.join(place, name));
  await linkTo("../understudy/bin/understudy", path.join(folder, OWN_COMMAND));
  return true;
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

async function linkTo(target: string, file: string): Promise<void> {
  if (isLink(file)) {
    if (readlinkSync(file) === target) return;
    await unlink(file);
  }
  await symlink(target, file);
}
