// Run by npm around `npm pack`: a package's lock is npm-shrinkwrap.json, and only packages have one here. Its content is
// package-lock.json without what a checkout alone needs.
import { readFileSync, rmSync, writeFileSync } from "node:fs";

const SHRINKWRAP = "npm-shrinkwrap.json";

function shrinkwrap() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const packages = Object.entries(lock.packages).filter(([, entry]) => entry.dev !== true);
  const { devDependencies: _, ...own } = lock.packages[""];
  return { ...lock, packages: { ...Object.fromEntries(packages), "": own } };
}

if (process.argv[2] === "remove") rmSync(SHRINKWRAP, { force: true });
else writeFileSync(SHRINKWRAP, `${JSON.stringify(shrinkwrap(), null, 2)}\n`);
