import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import path from "node:path";

/**
 * Where Pulumi keeps the stacks' states: in a folder, in an object store or a database through the engine, or in Pulumi
 * Cloud or a service of that kind. `name` is for people: no password and no parameter of its URL is in it.
 */
export type Backend =
  | { readonly kind: "folder"; readonly name: string; readonly folder: string }
  | { readonly kind: "store"; readonly name: string }
  | { readonly kind: "cloud"; readonly name: string };

/**
 * What a backend's URL means. Pulumi's own rules: what follows `file://` is a path, one that is not absolute begins at the
 * folder in which the engine works, and `~` is the home that the system has for this account, whatever `HOME` says.
 * @param url as `pulumi login` takes it, or `pulumi whoami` tells it: a service without a console of its own has none
 * @param workDir the folder in which the engine works: that of the project
 */
export function backendOf(url: string, workDir: string): Backend {
  if (url.startsWith(FILE)) {
    const folder = folderOf(url.slice(FILE.length), workDir);
    return { kind: "folder", name: folder, folder };
  }
  const name = url.replace(/[?#].*$/, "").replace(/:\/\/[^/@]*@/, "://****@");
  return url === "" || /^https?:/.test(url) ? { kind: "cloud", name } : { kind: "store", name };
}

const FILE = "file://";

function folderOf(rest: string, workDir: string): string {
  const place = rest.replace(/\?.*$/, "");
  // Pulumi drops `~` and the one sign after it.
  const whole = place.startsWith("~") ? path.join(home(), place.slice(2)) : path.resolve(workDir, place);
  return decoded(whole.replace(/#.*$/, ""));
}

function home(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

function decoded(place: string): string {
  try {
    return decodeURIComponent(place);
  } catch {
    return place;
  }
}

/** A text without the user and the password that a URL in it carries, as that of a database does. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/:\/\/[^\s/@:"']*:[^\s/@"']*@/g, "://****@");
}

/** What the engine finds its credentials in, by the scheme of the store's URL. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  s3: "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_REGION",
  gs: "GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_CREDENTIALS",
  azblob: "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN",
};

/**
 * What plain Pulumi needs to work on the same backend, in any folder.
 * @param named the URL in the environment file
 * @param inShell the one that this shell has
 * @returns undefined where it needs nothing
 */
export function exportWords(backend: Backend, named?: string, inShell?: string): string | undefined {
  if (named === undefined || named === inShell) return undefined;
  const url = backend.kind === "folder" ? `${FILE}${backend.folder}` : withoutPasswords(named);
  return `export PULUMI_BACKEND_URL=${JSON.stringify(url)}`;
}

/**
 * What an operator does about a backend that does not open: a state that cannot be reached is not one that is not there.
 * @param first what plain Pulumi needs before: see `exportWords`
 */
export function howToOpen(backend: Backend | undefined, first?: string): string {
  const plain = (words: string): string => `${first === undefined ? "" : `${first}; `}pulumi ${words}`;
  const look = plain("whoami --verbose");
  switch (backend?.kind) {
    case "folder":
      return existsSync(backend.folder)
        ? `${plain("stack ls")}, once ${path.join(backend.folder, ".pulumi")} can be read and written`
        : `mount or restore ${backend.folder}; for stacks that are not made yet: mkdir -p ${backend.folder}`;
    case "store": {
      const credentials = CREDENTIALS[backend.name.replace(/:.*$/, "")];
      const words = credentials ?? "the user and password of its URL";
      return `${look}, once ${backend.name} can be reached from here and the credentials are right: ${words}`;
    }
    case "cloud":
      return `pulumi login ${backend.name}, or PULUMI_ACCESS_TOKEN in this shell; then ${look}`;
    case undefined:
      return `pulumi login; then ${look}`;
  }
}
