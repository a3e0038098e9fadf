import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { LAB_FILES, LAB_HOSTS } from "./layout";
import type { Part } from "./progress";

/** The checkout this lab was started from. */
export const CHECKOUT = path.resolve(__dirname, "../..");

/** Top-level entries of a checkout that a Pulumi project folder shares by link; the rest is the lab's own. */
export function sharedEntries(entries: readonly string[]): readonly string[] {
  return entries.filter((name) => !/^Pulumi.*\.yaml$/.test(name) && ![".git", "docs"].includes(name));
}

const stackConfigSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });

/** Keys that say which pair and which host a stack declares: the lab has its own. */
const PLACE_KEYS: readonly string[] = ["environment", "host", "role", "identity"].map((key) => `understudy:${key}`);

/**
 * What the lab takes over from a checkout's stack config: settings that are neither encrypted, with another passphrase than the lab's,
 * nor about another pair of hosts.
 */
export function takenOver(text: string): string {
  const parsed = stackConfigSchema.parse((parse(text) as unknown) ?? {});
  const kept = Object.entries(parsed.config ?? {}).filter(
    ([key, value]) => !PLACE_KEYS.includes(key) && !JSON.stringify(value).includes('"secure":'),
  );
  return kept.length === 0 ? "" : stringify({ config: Object.fromEntries(kept) });
}

/** The stack's own config file in the lab's project folder. */
export function stackConfigFile(stack: string): string {
  return path.join(LAB_FILES.project, `Pulumi.${stack}.yaml`);
}

function linkTarget(file: string): string | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true ? readlinkSync(file) : undefined;
}

function links(): readonly { file: string; target: string }[] {
  return sharedEntries(readdirSync(CHECKOUT)).map((name) => ({
    file: path.join(LAB_FILES.project, name),
    target: path.join(CHECKOUT, name),
  }));
}

function inspectProject(): string | undefined {
  if (!existsSync(LAB_FILES.project)) return "no project folder";
  const wrong = links().find((link) => linkTarget(link.file) !== link.target);
  if (wrong !== undefined) return `${path.basename(wrong.file)} is not linked to this checkout`;
  const project = path.join(LAB_FILES.project, "Pulumi.yaml");
  const copied = existsSync(project) && readFileSync(project).equals(readFileSync(path.join(CHECKOUT, "Pulumi.yaml")));
  if (!copied) return "Pulumi.yaml is not this checkout's";
  return LAB_HOSTS.every((host) => existsSync(stackConfigFile(host.stack))) ? undefined : "no stack config";
}

function makeProject(): void {
  mkdirSync(LAB_FILES.project, { recursive: true });
  for (const name of readdirSync(LAB_FILES.project)) {
    const file = path.join(LAB_FILES.project, name);
    if (linkTarget(file) !== undefined) rmSync(file);
  }
  for (const link of links()) {
    rmSync(link.file, { recursive: true, force: true });
    symlinkSync(link.target, link.file);
  }
  copyFileSync(path.join(CHECKOUT, "Pulumi.yaml"), path.join(LAB_FILES.project, "Pulumi.yaml"));
  for (const { stack } of LAB_HOSTS) {
    if (existsSync(stackConfigFile(stack))) continue;
    const tracked = path.join(CHECKOUT, `Pulumi.${stack}.yaml`);
    writeFileSync(stackConfigFile(stack), existsSync(tracked) ? takenOver(readFileSync(tracked, "utf8")) : "");
  }
}

/**
 * The Pulumi project folder of the lab: this checkout by links, with stack config of its own, so that a lab run changes no tracked
 * file. Links are made again when the checkout has moved; stack config that is there stays.
 */
export function projectPart(): Part {
  return {
    name: "project folder",
    inspect: () => Promise.resolve(inspectProject()),
    repair: () => {
      makeProject();
      return Promise.resolve();
    },
  };
}

/** State folder of the lab's stacks, and the passphrase that protects their secrets. */
export function statePart(): Part {
  return {
    name: "state and passphrase",
    inspect: () => {
      const missing = [LAB_FILES.state, LAB_FILES.passphrase].find((file) => !existsSync(file));
      return Promise.resolve(missing === undefined ? undefined : `no ${path.basename(missing)}`);
    },
    repair: () => {
      mkdirSync(LAB_FILES.state, { recursive: true, mode: 0o700 });
      if (!existsSync(LAB_FILES.passphrase)) {
        writeFileSync(LAB_FILES.passphrase, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
      }
      return Promise.resolve();
    },
  };
}
