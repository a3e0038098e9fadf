import { EnvironmentError, parseEnvironment } from "../../settings/load-environment";
import type { Environment } from "../../settings/environment";
import { UserError } from "../../settings/user-error";
import { environmentText, type HostAnswers, type InitAnswers } from "./environment-text";

/** What a question is about: the flag that answers it, its words, and what it is without an answer. */
export interface Question {
  readonly flag: string;
  readonly words: string;
  readonly usual: string | undefined;
}

/** The flags of `understudy init` that are about the pair, by their names without hyphens before them. */
export type InitFlags = Readonly<Record<string, string | undefined>>;

/** Answers one question; undefined where nobody can be asked. */
export type Ask = (question: Question) => Promise<string | undefined>;

const HOSTS = ["primary", "standby"] as const;

/**
 * What the flags say, and for what is missing the answers to questions; what has a usual value is asked for all the same
 * where somebody can be asked.
 * @throws UserError, exit code 2, with every flag that is missing, when nobody can be asked
 */
export async function collectAnswers(flags: InitFlags, singleHost: boolean, ask: Ask): Promise<InitAnswers> {
  const missing: string[] = [];
  const value = async (flag: string, words: string, usual?: string): Promise<string> => {
    const said = flags[flag] ?? (await ask({ flag, words, usual }))?.trim();
    if (said !== undefined && said !== "") return said;
    if (usual === undefined) missing.push(`--${flag}`);
    return usual ?? "";
  };
  const name = await value("name", "name of the environment, which the evidence carries", "pair");
  const hosts: HostAnswers[] = [];
  for (const [at, role] of HOSTS.entries()) {
    if (singleHost && role === "standby") continue;
    const docker = await value(role, `SSH of the host that begins as ${role}, such as ssh://deploy@host-a.example`);
    const called = await value(`${role}-name`, `its name`, at === 0 ? "host-a" : "host-b");
    const address = await value(
      `${role}-address`,
      "address at which clients reach it",
      docker === "" ? "" : hostOf(docker),
    );
    const between = await value(
      `${role}-replication-address`,
      "its IPv4 address on the network between the hosts",
      isIpv4(address) ? address : undefined,
    );
    const sshConfig = flags["ssh-config"];
    hosts.push({ name: called, docker, address, replicationAddress: between, sshConfig });
  }
  const backend = await value(
    "backend",
    "where Pulumi keeps its state: file://FOLDER, s3://BUCKET, https://…",
    USUAL_BACKEND,
  );
  const application = await value(
    "application",
    "name of an application that gets a role and a database (empty: none)",
    "",
  );
  if (missing.length > 0)
    throw new UserError(
      `nobody can be asked here, and these are missing: ${missing.join(", ")}`,
      "understudy init --help",
      2,
    );
  return {
    ...{ name, hosts, backend },
    application: application === "" ? undefined : application,
    imagesFile: flags["images-file"],
  };
}

/** A folder beside the environment file. */
export const USUAL_BACKEND = "file://state";

/** The host in an SSH URL, where it has one. */
function hostOf(docker: string): string | undefined {
  try {
    return new URL(docker).hostname.replace(/^\[(.*)\]$/, "$1") || undefined;
  } catch {
    return undefined;
  }
}

function isIpv4(address: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address);
}

const BACKEND = /^(file|s3|gs|azblob|https?|postgres):\/\/\S*$/;

/**
 * The environment file's text for these answers, checked as every reader checks it.
 * @param template the text that it is made from
 * @throws UserError, exit code 2, naming each field that is wrong; nothing is written then
 */
export function checkedText(
  template: string,
  answers: InitAnswers,
  file: string,
): { readonly text: string; readonly environment: Environment } {
  if (!BACKEND.test(answers.backend))
    throw new UserError(
      `--backend is ${JSON.stringify(answers.backend)}, allowed: a URL that begins with file://, s3://, gs://, azblob://, postgres:// or https://`,
      `understudy init --backend ${USUAL_BACKEND}`,
      2,
    );
  const [one, other] = answers.hosts;
  if (one?.name === other?.name)
    throw new UserError(`both hosts are called ${one?.name ?? ""}`, "understudy init --standby-name host-b", 2);
  if (other !== undefined && one?.replicationAddress === other.replicationAddress)
    throw new UserError(
      `both hosts have the replication address ${other.replicationAddress}`,
      "understudy init --help",
      2,
    );
  const { text, data } = environmentText(template, answers);
  try {
    return { text, environment: parseEnvironment(file, data) };
  } catch (error) {
    if (error instanceof EnvironmentError)
      throw new UserError(error.message.replaceAll("\n", "; "), "understudy init --help", 2);
    throw error;
  }
}

/**
 * What the flags say otherwise than an environment file that is there: it is the operator's, and is not changed.
 * @throws UserError, exit code 2, naming every flag with its field
 */
export function refuseOtherFlags(flags: InitFlags, environment: Environment, file: string): void {
  const problems = Object.entries(flags).flatMap(([flag, said]) => {
    const found = said === undefined ? undefined : fieldOf(flag, environment);
    return found === undefined || found.value === said || said === undefined
      ? []
      : [`--${flag} ${said}, and ${found.field} of ${file} is ${found.value ?? "not there"}`];
  });
  if (problems.length > 0) throw new UserError(problems.join("; "), `change ${file}, or leave these flags out`, 2);
}

interface Field {
  readonly field: string;
  readonly value: string | undefined;
}

function fieldOf(flag: string, { name, hosts, pulumi, applications }: Environment): Field | undefined {
  if (flag === "name") return { field: "name", value: name };
  if (flag === "backend") return { field: "pulumi.backend", value: pulumi.backend };
  const role = HOSTS.find((one) => flag === one || flag.startsWith(`${one}-`));
  if (role === undefined)
    return flag === "application" ? { field: "applications", value: Object.keys(applications)[0] } : undefined;
  const [called, host] = Object.entries(hosts).find(([, { stack }]) => stack === role) ?? [];
  const field = (key: string): string => `hosts.${called ?? role}.${key}`;
  switch (flag.slice(role.length + 1)) {
    case "":
      return { field: field("docker"), value: host?.docker };
    case "name":
      return { field: "hosts", value: called };
    case "address":
      return { field: field("address"), value: host?.address };
    default:
      return { field: field("replication_address"), value: host?.replication_address };
  }
}
