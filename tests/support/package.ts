import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { z } from "zod";

const CHECKOUT = path.resolve(__dirname, "../..");

const entrySchema = z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) });
const saidSchema = z.union([z.array(entrySchema).length(1), z.record(z.string(), entrySchema)]);

/** A package that `npm pack` has made. */
export interface PackedPackage {
  readonly tarball: string;
  /** The paths of its files, from the package's folder. */
  readonly files: readonly string[];
}

function isPacked(source: string): boolean {
  return !["node_modules", ".git", "docs/results", "tests/.report"].includes(path.relative(CHECKOUT, source));
}

/**
 * Packs a copy of this checkout in `folder`: `npm pack` writes a lock into the checkout while it runs.
 * @param version of the package; the checkout's own when none is given
 */
export function packCheckout(folder: string, version?: string): PackedPackage {
  const copy = path.join(folder, `source-${version ?? "own"}`);
  cpSync(CHECKOUT, copy, { recursive: true, filter: isPacked });
  if (version !== undefined) {
    const file = path.join(copy, "package.json");
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), version }));
  }
  const words = ["pack", "--json", "--silent", "--pack-destination", folder];
  const said: unknown = JSON.parse(execFileSync("npm", words, { cwd: copy, encoding: "utf8" }));
  const [entry] = Object.values(saidSchema.parse(said));
  const left = readdirSync(copy).filter((name) => name === "npm-shrinkwrap.json");
  if (entry === undefined || left.length > 0) throw new Error(`npm pack left ${left.join()} and no package`);
  return { tarball: path.join(folder, entry.filename), files: entry.files.map((file) => file.path).sort() };
}

/**
 * Unpacks a package into `folder/node_modules`, beside this checkout's own packages by link: as `npm install` does, without the time.
 * @returns the package's folder
 */
export function unpackInto(folder: string, { tarball }: PackedPackage): string {
  const modules = path.join(folder, "node_modules");
  const target = path.join(modules, "understudy");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  const others = readdirSync(path.join(CHECKOUT, "node_modules")).filter((name) => name !== ".bin" && name !== "node");
  for (const name of others) symlinkSync(path.join(CHECKOUT, "node_modules", name), path.join(modules, name));
  return target;
}
