import { createRequire } from "node:module";

const load = createRequire(__filename);

/** The version of an installed package, and of what it runs under. */
export function versionOf(name: string): string {
  const { version } = load(`${name}/package.json`) as { readonly version: string };
  return `${version} on node ${process.versions.node}`;
}
