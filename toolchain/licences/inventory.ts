import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { UPSTREAM_IMAGES } from "../../lab/images/upstream";

/** One thing that has a licence. */
export interface Taken {
  readonly name: string;
  /** Null: whatever Debian, or the user's file, has. */
  readonly version: string | null;
  /** What takes it in, such as `at run time`, or the program that it is built into. */
  readonly by: string;
  /** What it says of itself where it is installed; null where it does not lie on this machine. */
  readonly says: string | null;
}

/** Everything that a checkout takes in, ships, builds or names. */
export interface Inventory {
  readonly npm: readonly Taken[];
  readonly go: readonly Taken[];
  readonly debian: readonly Taken[];
  readonly upstream: readonly Taken[];
}

/** When an npm package is needed to run. */
export const RUN_TIME = "at run time";
/** When one is needed to develop only. */
export const DEVELOPMENT = "for development";

/** Where Debian packages come to that the lab's images share. */
export const LAB_IMAGES = "in the images that the lab builds";
/** Where those come to that set-up installs. */
export const SET_UP = "on the machine that set-up prepares";

interface LockedPackage {
  readonly version?: string;
  readonly name?: string;
  readonly dev?: boolean;
  readonly license?: string;
}

/** The licence that a package.json states, in any of the forms that npm has had; null when it states none. */
export function statedLicence(packageJson: unknown): string | null {
  const { license, licenses } = packageJson as { license?: unknown; licenses?: unknown };
  const stated: unknown = license ?? (Array.isArray(licenses) && licenses.length === 1 ? licenses[0] : null);
  if (typeof stated === "string") return stated.replace(/^\((.*)\)$/, "$1");
  const type: unknown = (stated as { type?: unknown } | null)?.type;
  return typeof type === "string" ? type : null;
}

function npmPackages(root: string): readonly Taken[] {
  const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages)
    .filter(([place]) => place !== "")
    .map(([place, locked]) => {
      const file = path.join(root, place, "package.json");
      // Packages for other machines than this one are not installed.
      const description: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : locked;
      return {
        name: locked.name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length),
        version: locked.version ?? null,
        by: locked.dev === true ? DEVELOPMENT : RUN_TIME,
        says: statedLicence(description),
      };
    });
}

/** The modules that a go.mod requires, each as it is replaced. */
export function requiredModules(goMod: string): readonly { readonly name: string; readonly version: string }[] {
  const replaced = new Map(
    [...goMod.matchAll(/^(?:replace)?[ \t]*(\S+)(?: \S+)? => (\S+) (\S+)/gm)].map(
      ([, from = "", name = "", version = ""]) => [from, { name, version }],
    ),
  );
  return [
    ...goMod.matchAll(/^(?:require)?[ \t]+([\w.-]+\.\w+\/\S+|[\w-]+(?:\.[\w-]+)+) (v\S+)(?: \/\/ indirect)?$/gm),
  ].map(([, name = "", version = ""]) => replaced.get(name) ?? { name, version });
}

function goModules(root: string): readonly Taken[] {
  const files = globSync("{toolchain/go/*,lab/images/*}/go.mod", { cwd: root }).sort();
  return files.flatMap((file) =>
    requiredModules(readFileSync(path.join(root, file), "utf8")).map((one) => ({
      ...one,
      by: path.basename(path.dirname(file)),
      says: null,
    })),
  );
}

/** The packages that a shell text has apt-get install. */
function installed(text: string): readonly string[] {
  const joined = text.replaceAll(/\s*\\\n\s*/g, " ");
  return [...joined.matchAll(/apt-get install((?: [\w.+-]+)+)/g)].flatMap(([, words = ""]) =>
    words.split(" ").filter((word) => word !== "" && !word.startsWith("-")),
  );
}

function debianPackages(root: string): readonly Taken[] {
  const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
  const lines = (text: string): string[] => text.split("\n").filter((line) => /^[a-z]/.test(line));
  const needed = /^NEEDED='\n([^']*)'/m.exec(read("toolchain/lib/debian.sh"))?.[1] ?? "";
  const dockerfiles = globSync("{lab,configs}/**/Dockerfile", { cwd: root }).sort();
  const names: readonly (readonly [name: string, by: string])[] = [
    ...lines(read("lab/images/base/packages.txt")).map((name) => [name, LAB_IMAGES] as const),
    ...dockerfiles.flatMap((file) => installed(read(file)).map((name) => [name, file] as const)),
    ...lines(needed).map((line) => [line.split(" ")[1] ?? "", SET_UP] as const),
  ];
  return names.map(([name, by]) => ({ name, by, version: null, says: null }));
}

function upstreamImages(root: string): readonly Taken[] {
  const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
  const ofFiles = globSync("configs/deploy/environments/*.yaml", { cwd: root }).flatMap((file) => {
    const { services = {} } = parse(read(file)) as { services?: Record<string, { image: string }> };
    return Object.values(services).map(({ image }) => image);
  });
  const bases = globSync("{lab,configs}/**/Dockerfile", { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/^(?:FROM|ARG BASE=)\s*([a-z][\w./-]*:\S+)/gm)].map(([, image = ""]) => image),
  );
  // The lab's own registry holds copies of these, and what is built here.
  const references = [...Object.values(UPSTREAM_IMAGES), ...ofFiles, ...bases].filter((one) => !/^[\d.]+:/.test(one));
  return [...new Set(references)].sort().map((reference) => {
    const at = reference.lastIndexOf(":");
    return { name: reference.slice(0, at), version: reference.slice(at + 1), by: "users", says: null };
  });
}

/** Reads what a checkout names, and what its installed npm packages say of themselves. */
export function readInventory(root: string): Inventory {
  return {
    npm: npmPackages(root),
    go: goModules(root),
    debian: debianPackages(root),
    upstream: upstreamImages(root),
  };
}
