import { parseDocument, type Document } from "yaml";

/** One host as `understudy init` is told of it. */
export interface HostAnswers {
  readonly name: string;
  /** Its Docker endpoint, `ssh://…`. */
  readonly docker: string;
  /** Where clients reach it. */
  readonly address: string;
  /** Where the other host reaches it: IPv4. */
  readonly replicationAddress: string;
  readonly sshConfig: string | undefined;
}

/** Everything that the new environment file says and its template does not. */
export interface InitAnswers {
  readonly name: string;
  /** The one that begins as primary, then the standby where there is one. */
  readonly hosts: readonly HostAnswers[];
  readonly backend: string;
  readonly application: string | undefined;
  readonly imagesFile: string | undefined;
}

/** The passphrase's file, from the project's folder. */
export const PASSPHRASE_FILE = "passphrase";

/** The environment file, from the project's folder. */
export const ENVIRONMENT_FILE = "environment.yaml";

const IMAGES = ` By tag at first. Pin them by digest before production: on a host that has pulled one,
 docker image inspect --format '{{index .RepoDigests 0}}' IMAGE prints what to write here.`;

const HEAD = ` The pair's environment file: yours, no upgrade of the program touches it. Every field with its default: docs/CONFIGURATION.md
 of the program. What is wrong with it: understudy doctor.`;

/** Whether a backend keeps secrets by a passphrase: Pulumi Cloud and services of its kind have keys of their own. */
export function wantsPassphrase(backend: string): boolean {
  return !/^https?:/.test(backend);
}

/** The stacks' secret with the password of an application. */
export function passwordKey(application: string): string {
  const [first = "", ...others] = application.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const words = others.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${first.charAt(0).toLowerCase()}${first.slice(1)}${words.join("")}Password`;
}

/**
 * The text of an environment file: that of the template with its comments, and the answers in their places. Pure.
 * @param template an environment file that the program brings, for one host or for two
 */
export function environmentText(template: string, answers: InitAnswers): { text: string; data: unknown } {
  const document = parseDocument(template);
  const { name, hosts, backend, application, imagesFile } = answers;
  document.commentBefore = HEAD;
  comment(document, "version", undefined);
  comment(document, "services", IMAGES);
  document.set("name", name);
  document.set(
    "hosts",
    document.createNode(Object.fromEntries(hosts.map((one, at) => [one.name, hostSection(one, at)]))),
  );
  insertAfter(document, "hosts", [
    [
      "pulumi",
      { backend, ...(wantsPassphrase(backend) && { passphrase_file: PASSPHRASE_FILE }) },
      " Where Pulumi keeps the stacks' states, and the passphrase of the secrets in Pulumi.*.yaml: keep a copy of that file.",
    ],
    ...(imagesFile === undefined ? [] : [["images_file", imagesFile, undefined] as const]),
    ...(application === undefined
      ? []
      : [
          [
            "applications",
            { [application]: { password: passwordKey(application), databases: { [databaseOf(application)]: {} } } },
            " What an application has in PostgreSQL; its password is a secret of both stacks, by this name.",
          ] as const,
        ]),
  ]);
  return { text: document.toString({ lineWidth: 0 }), data: document.toJS() };
}

/** Of an application's name, so that its database needs no quotes. */
function databaseOf(application: string): string {
  return application.replaceAll(/\W/g, "_");
}

function hostSection({ docker, address, replicationAddress, sshConfig }: HostAnswers, at: number): object {
  return {
    stack: at === 0 ? "primary" : "standby",
    docker,
    ...(sshConfig !== undefined && { ssh_config: sshConfig }),
    address,
    replication_address: replicationAddress,
  };
}

/** Sets the comment before a key at the top, or takes it away. */
function comment(document: Document, key: string, words: string | undefined): void {
  const map = document.contents as unknown as { commentBefore?: string | null; items: Pair[] };
  const pair = map.items.find((one) => String(one.key) === key);
  if (pair === map.items[0]) map.commentBefore = words ?? null;
  if (pair !== undefined) (pair.key as { commentBefore?: string | null }).commentBefore = words ?? null;
}

interface Pair {
  readonly key: unknown;
}

type Section = readonly [key: string, value: unknown, comment: string | undefined];

/** Puts sections behind one that is there, each with a comment before it. */
function insertAfter(document: Document, after: string, sections: readonly Section[]): void {
  const { items } = document.contents as unknown as { items: Pair[] };
  const at = items.findIndex(({ key }) => String(key) === after);
  const pairs = sections.map(([key, value, comment]) => {
    const pair = document.createPair(key, value);
    if (comment !== undefined) (pair.key as { commentBefore?: string }).commentBefore = comment;
    return pair;
  });
  items.splice(at + 1, 0, ...pairs);
}
