import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { containerName } from "../../../settings/names";
import { readManifests } from "../kubernetes-schema";
import { splitWords, usageFault } from "./commands";
import { ROOT } from "./pages";

/** What is wrong with the words after a program's name; undefined when they name what is there. Changes nothing. */
type Proof = (words: readonly string[]) => string | undefined;

/** What a program's own help says; undefined when the program is not there. */
function helpOf(program: string, words: readonly string[]): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, [...words, "--help"], { encoding: "utf8", timeout: 30_000 });
  return error ? undefined : stdout + stderr;
}

const flagsIn = (words: readonly string[]): readonly string[] =>
  words.flatMap((word) => /^(--[a-z][a-z-]+|-[a-z])(?==|$)/.exec(word)?.[1] ?? []);

function firstUnknown(words: readonly string[], known: (word: string) => boolean): string | undefined {
  const unknown = words.find((word) => !known(word));
  return unknown === undefined ? undefined : `nothing is called ${unknown}`;
}

/** Held against the engine's own help: the verb it understands, and each flag. */
const pulumi: Proof = (words) => {
  const verbs = words[0] === "-s" ? words.slice(2) : words;
  const help = helpOf(
    "pulumi",
    verbs.filter((word) => !word.startsWith("-")),
  );
  if (help === undefined) return "the engine is not there";
  const [, usual = ""] = /^Usage:\n {2}pulumi ([a-z-]+(?: [a-z-]+)*)/m.exec(help) ?? [];
  const [, aliases = ""] = /^Aliases:\n {2}(.*)$/m.exec(help) ?? [];
  const names = [usual, ...aliases.split(", ").map((alias) => usual.replace(/[a-z-]+$/, alias))];
  const understood = names.find((name) => name !== "" && `${verbs.join(" ")} `.startsWith(`${name} `));
  if (understood === undefined) return "no verb of the engine";
  if (understood === "config" && verbs.length > 1) return "no verb of the engine's config";
  return firstUnknown(flagsIn(words), (flag) => new RegExp(`(^|[ ,])${flag}\\b`, "m").test(help));
};

const units = globSync("configs/systemd/*", { cwd: ROOT }).map((file) => path.basename(file));
const isUnit = (word: string): boolean => units.includes(word);

/** Units are the shipped ones; what is switched on or off is a timer, what is started or looked at a service. */
const systemctl: Proof = ([verb = "", ...words]) => {
  const names = words.filter((word) => word !== "--now");
  const kind = { enable: ".timer", disable: ".timer", start: ".service", status: ".service" }[verb];
  if (verb === "daemon-reload") return firstUnknown(words, () => false);
  if (kind === undefined || names.length === 0) return `no such use of systemctl: ${verb}`;
  return firstUnknown(names, (name) => isUnit(name) && name.endsWith(kind));
};

const journalctl: Proof = (words) =>
  words[0] === "--unit" ? firstUnknown(words.slice(1, 2), isUnit) : "a unit is not named";

const KUBECTL_VERBS = ["apply", "create", "wait", "get", "logs", "exec", "delete"];
const manifests = globSync("configs/k8s/*.yaml", { cwd: ROOT }).flatMap((file) =>
  readManifests(readFileSync(path.join(ROOT, file), "utf8")),
);

function nameIn(metadata: unknown): unknown {
  return (metadata as { readonly name?: unknown } | undefined)?.name;
}

/** The files whose object gets its name from the cluster: each `create` makes another, and `apply` knows none. */
const unnamed = globSync("configs/k8s/*.yaml", { cwd: ROOT }).filter((file) =>
  readFileSync(path.join(ROOT, file), "utf8").includes("\n  generateName: "),
);

/** What kubectl itself refuses, whatever there is in the cluster; undefined when it would go on. */
function kubectlRefuses(verb: string, rest: readonly string[], files: readonly string[]): string | undefined {
  if (verb === "exec" && !rest.includes("--")) return "the command of an exec comes behind --";
  if (verb === "wait" && !rest.some((word) => word.startsWith("--for="))) return "what is waited for is not named";
  if (verb === "apply") return firstUnknown(files, (file) => !unnamed.includes(file));
  const [kind, ...words] = rest.filter((word) => !word.startsWith("-"));
  return verb === "create" && kind === "job" && words.length !== 1 ? "a job is made by one name" : undefined;
}

/** Files and scheduled jobs are the shipped ones, namespace and label as the manifests have them. */
const kubectl: Proof = (words) => {
  const at = words.indexOf("-n");
  const [verb = "", ...rest] = at === 0 ? words.slice(2) : words;
  if (at === 0 && words[1] !== "understudy") return `no manifest is in namespace ${words[1] ?? ""}`;
  if (!KUBECTL_VERBS.includes(verb)) return `no such use of kubectl: ${verb}`;
  const text = JSON.stringify(manifests);
  const files = rest.filter((_, index) => rest[index - 1] === "-f");
  const jobs = rest.flatMap((word) => /^--from=cronjob\/(.*)$/.exec(word)?.[1] ?? []);
  const pods = rest.flatMap((word) => /^pod\/(.*)$/.exec(word)?.[1] ?? []);
  if (verb === "exec" && pods.length === 0) return "a pod is not named";
  const labels = rest.flatMap((word) => /^--selector=(.*)=(.*)$/.exec(word)?.slice(1, 3).join('":"') ?? []);
  return (
    kubectlRefuses(verb, rest, files) ??
    firstUnknown(files, (file) => file.startsWith("configs/k8s/") && existsSync(path.join(ROOT, file))) ??
    firstUnknown(pods, (pod) => manifests.some(({ kind, metadata }) => kind === "Pod" && nameIn(metadata) === pod)) ??
    firstUnknown(jobs, (job) => text.includes(`"name":"${job}"`)) ??
    firstUnknown(labels, (label) => text.includes(`"${label}"`))
  );
};

const docker: Proof = ([verb = "", ...words]) => {
  if (verb === "exec") return firstUnknown(words.slice(0, 1), (name) => name === containerName("backup"));
  if (verb === "build")
    return firstUnknown(words.slice(words.indexOf("-f") + 1).slice(0, 1), (file) => existsSync(path.join(ROOT, file)));
  const image = /image: (\S+)/.exec(readFileSync(path.join(ROOT, "configs/k8s/health-cronjob.yaml"), "utf8"))?.[1];
  return verb === "push" && words[0] === image ? undefined : `no such use of docker: ${verb}`;
};

const setup: Proof = (words) => {
  const usage = readFileSync(path.join(ROOT, "toolchain/setup.sh"), "utf8");
  return firstUnknown([words.join(" ")], (said) => new RegExp(`^ {2}${said} `, "m").test(usage));
};

/** What is copied from the checkout is there. */
const copy: Proof = (words) =>
  firstUnknown(
    words.flatMap((word) => /^(?:\/opt|node_modules)\/understudy\/(.*)$/.exec(word)?.[1] ?? []),
    (file) => globSync(file, { cwd: ROOT }).length > 0,
  );

/** What a machine brings along, used as its own manual says: nothing of this project is named in it. */
const ownManual: Proof = () => undefined;

const PROOFS: Readonly<Record<string, Proof>> = {
  understudy: usageFault,
  "bin/understudy": usageFault,
  "node_modules/.bin/understudy": usageFault,
  pulumi,
  systemctl,
  journalctl,
  kubectl,
  docker,
  "toolchain/setup.sh": setup,
  cp: copy,
  ...Object.fromEntries(
    [
      "cd",
      "chown",
      "eval",
      "export",
      "git",
      "jq",
      "mkdir",
      "npm",
      "openssl",
      "printf",
      "psql",
      "rm",
      "ssh",
      "ssh-add",
      "ssh-copy-id",
      "ssh-keygen",
      "ssh-keyscan",
      "install",
      "chmod",
      "tar",
      "useradd",
    ].map((name) => [name, ownManual]),
  ),
};

/** The commands of a `sh` block, one a line: continued lines joined, comments, loops, assignments, pipes and redirections taken apart. */
export function commandsOfBlock(block: string): readonly string[] {
  return block
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => !/^(for .*; do|done)?$/.test(line))
    .map((line) => /^[A-Z]+="\$\((.*)\)"$/.exec(line)?.[1] ?? line)
    .flatMap((line) => line.split(/&&| \| /))
    .map((line) => line.trim().replace(/\s*>+\s*\S+$/, ""));
}

/** What is wrong with one command of a page; undefined when what it names is there. A program without a proof here is a fault. */
export function commandFault(command: string): string | undefined {
  const [program = "", ...words] = splitWords(command);
  const proof = PROOFS[program];
  if (proof === undefined) return `${command}: no proof is known for ${program}`;
  const fault = proof(words);
  return fault === undefined ? undefined : `${command}: ${fault}`;
}
