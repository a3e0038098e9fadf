import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ensureParts } from "../../lab/images/parts";
import type { ScratchEngine } from "./scratch-engine";

/** What is in the place of the base image, as its label says. */
export const STAND_IN = "the lab's Debian tree with Node, in the place of node:22-bookworm-slim";
/** The label of a stand-in. */
export const STAND_IN_LABEL = "understudy.stand-in";

/** Where the operator's image keeps its tool chain. */
const IMAGE_CACHE = "opt/understudy-cache";
/** Programs of the tool chain, that the build then need not make, or fetch from where nothing answers. */
const MADE = ["go/pulumi", "go/pulumi-language-nodejs", "go/pulumi-resource-docker", "official"];

/**
 * Puts an image of a name into an engine whose content is the Debian tree of the lab, with this Node and npm where upstream's
 * image of Node has them. Besides it has what this machine's cache has of Pulumi, and the certificates that this machine trusts,
 * for npm.
 */
export async function makeStandInBase(engine: ScratchEngine, name: string, folder: string): Promise<void> {
  const rootfs = (await ensureParts(["rootfs"], () => undefined)).get("rootfs");
  if (rootfs === undefined) throw new Error("there is no Debian tree");
  engine.must(["import", rootfs, "stand-in-tree"], 300_000);
  layContext(folder);
  engine.must(["build", "--network", "none", "--tag", name, folder], 300_000);
}

function layContext(folder: string): void {
  const local = path.join(folder, "usr/local");
  const modules = path.join(local, "lib/node_modules");
  for (const one of [path.join(local, "bin"), modules, path.join(folder, IMAGE_CACHE)])
    mkdirSync(one, { recursive: true });
  cpSync(process.execPath, path.join(local, "bin/node"));
  cpSync(npmFolder(), path.join(modules, "npm"), { recursive: true });
  const cache = process.env["UNDERSTUDY_CACHE"] ?? "";
  for (const one of MADE)
    if (existsSync(path.join(cache, one)))
      cpSync(path.join(cache, one), path.join(folder, IMAGE_CACHE, one), { recursive: true });
  const trusted = process.env["NODE_EXTRA_CA_CERTS"];
  if (trusted !== undefined) cpSync(trusted, path.join(folder, "opt/trusted.pem"));
  writeFileSync(path.join(folder, "Dockerfile"), recipe(trusted !== undefined));
  writeFileSync(path.join(folder, ".dockerignore"), "Dockerfile\n");
}

function recipe(trusts: boolean): string {
  return [
    "FROM stand-in-tree",
    `LABEL ${STAND_IN_LABEL}="${STAND_IN}"`,
    "COPY . /",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
    ...(trusts ? ["ENV NODE_EXTRA_CA_CERTS=/opt/trusted.pem"] : []),
    "",
  ].join("\n");
}

/** The folder of the npm on PATH. */
function npmFolder(): string {
  const program = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((one) => path.join(one, "npm"))
    .find((one) => existsSync(one));
  if (program === undefined) throw new Error("there is no npm on PATH");
  const folder = path.dirname(path.dirname(realpathSync(program)));
  if (!readdirSync(folder).includes("package.json")) throw new Error(`${folder} is not npm's folder`);
  return folder;
}
