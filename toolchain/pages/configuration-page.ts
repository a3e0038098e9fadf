import { CERTIFICATE_KEYS, CERTIFICATE_MEANINGS } from "../../settings/certificates/stored";
import { CREDENTIAL_KEYS, CREDENTIAL_MEANINGS, type Passwords } from "../../settings/credentials";
import { drillConfigSchema } from "../../settings/drill-config";
import { environmentSchema } from "../../settings/environment";
import { imagesFileSchema } from "../../settings/load-environment";
import { STACK_KEYS } from "../../settings/stack-keys";
import { APPLICATIONS_SECTION } from "./applications-section";
import { markdownTable } from "./markdown";
import { schemaLeaves, type SchemaLeaf } from "./schema-leaves";

/** The page, from the project's folder. */
export const CONFIGURATION = "docs/CONFIGURATION.md";

/** What an example must not have is written with the sign of an operator's variable. */
const OVERLAYS = `Files of yours, in your own folder, that are put beside the program's on both hosts. They are sought from the project's folder. Every \`up\` checks them before it changes anything: an unknown key, or a receiver that is none, is refused by its field. Prometheus and Alertmanager take changed ones without a restart. What PromQL an expression is, Prometheus alone knows: try a file with \`promtool check rules\` first, because one that it cannot read keeps it from starting.

\`\`\`yaml
# alerts.yaml, which overlays.alerts names
receiver: pager # of every alert that no route takes
receivers:
  - name: pager
    webhook_configs: [{ url: "https://pager.example/\${secret:pagerKey}" }]
\`\`\`

\`\${secret:pagerKey}\` is \`pagerKey\` in namespace \`understudy\` of both stacks' config, which \`pulumi config set --secret\` puts there: the file itself has no secret. \`dashboards\` names a folder of your own dashboards; [Dashboards and exporters](design/exporters.md) says what is checked of them.

\`pg_hba\` names a file with lines of \`pg_hba.conf\`. They stand behind those that our own sessions need and before the last one, which takes everybody with a password: \`hostssl shop shop 10.20.0.0/16 scram-sha-256\`, then \`host all all all reject\`, lets the shop in from its network and nobody else. A line has the type \`host\`, \`hostssl\` or \`hostnossl\`, a database, a role that is none of ours, a network or \`all\`, and \`scram-sha-256\`, \`cert\` or \`reject\`. What would open more is refused by its number: another method, the superuser, replication, a line without TLS where \`encryption\` is \`required\`. Before anything changes, a scratch server of each host's own PostgreSQL reads them (\`pg_hba_file_rules\`); where the pair does not encrypt yet, lines of type \`hostssl\` are not tried. They are in force without a restart, for sessions that begin then.`;

const EXTENDING = `What several pairs share goes into a file of its own, and \`extends\` names it, from the file that says so. A section is put into that of the same name; a value or a list takes the place of the other one. A file that is named in a value, such as \`images_file\`, is sought from the project's folder, whichever file says it.

A value may have \`\${NAME}\` in it, a variable of the operator's environment, as long as it is no secret. Where it stands alone and reads as a whole number, \`true\` or \`false\`, it is that. A variable that is not set is an error, by its field; \`$\${NAME}\` is the text itself. The command of a fence is given as it stands, and \`applications.NAME.password\` takes no variable. The variable must be the same in every shell, timer and job that works on the pair. \`understudy environment show\` prints every value with where it comes from.`;

const SECTIONS: Readonly<Record<string, string>> = {
  hosts: "A host's name takes the place of `NAME`.",
  pulumi: "Where the stacks and their state are.",
  ports: "Each port is published on every address of a host.",
  services:
    "The entry is the same for each service, whose name takes the place of `SERVICE`. The shipped files name images by tag; name them by digest in production.",
  notify: "[Who is told](DRILLS.md#who-is-told) has an example. A receiver's name takes the place of `NAME`.",
  drills: "[The calendar](DRILLS.md#the-calendar) has an example. All times are UTC.",
  applications: APPLICATIONS_SECTION,
  overlays: OVERLAYS,
  timescaledb: "[Settings](SETTINGS.md) says what is layered over what, and how a change comes to a pair.",
  redis: "As with the section `timescaledb`.",
  prometheus:
    "[Settings](SETTINGS.md#the-five-other-services) says what may be set, and how a change comes to a pair; so for the four that follow.",
  replication: "What the primary keeps for a standby that is away.",
  objectives: "A drill is judged by the objectives that it was started with.",
  policy: "What the boot guard and a failover may assume.",
};

/** The reference of everything that a pair is told, from the schemas that read it. */
export function configurationPage(): string {
  const leaves = schemaLeaves(environmentSchema);
  const top = leaves.filter(({ path, allowed }) => !path.includes(".") && allowed !== "a section");
  const sections = [...new Set(leaves.filter(({ path }) => path.includes(".")).map(({ path }) => firstPart(path)))];
  return [
    "# Configuration",
    "`npm run generate` writes this page from the schemas that read the files. A test fails when it is not current.",
    "A pair is told what it is in two places: the environment file, which both stacks share, and the config of each stack.",
    "## The environment file",
    "A YAML file such as `configs/deploy/environments/prodlike_multi_host.yaml`. All its errors are reported together, each with its path and what is allowed. A field that is not in these tables is an error. Editors can check a file against `docs/schemas/environment.schema.json`.",
    fields(top),
    "### What a file extends, and variables",
    EXTENDING,
    ...sections.flatMap((name) => [
      `### The section \`${name}\``,
      ...(SECTIONS[name] === undefined ? [] : [SECTIONS[name]]),
      fields(leaves.filter(({ path }) => firstPart(path) === name)),
    ]),
    "### The images file",
    "`images_file` names a YAML file whose images take the place of `services.SERVICE.image` and `services.SERVICE.stand_in`, and of `backup.image`. The lab writes one.",
    fields(schemaLeaves(imagesFileSchema)),
    "## The stack's config",
    "Pulumi keeps these keys in the stack's config file. `pulumi config set understudy:role standby` sets one, `pulumi config set --secret understudy:redisPassword` sets one that is encrypted. Both stacks of a pair need the same passwords. Each has [certificates](CERTIFICATES.md) of its own, where there are any. `understudy init` makes all of them once, for both stacks. With Pulumi Cloud they may also come from a Pulumi ESC environment, which a stack's config file names under `environment:` and which has the same keys below `pulumiConfig`; that was not tried.",
    stackKeys(),
    "### The drill in the stack's config",
    "`understudy failover` sets these keys by itself. For a drill by plain Pulumi you set them, with `--path`: `pulumi config set --path understudy:drill.id 2026-11-23-a`.",
    drillKeys(),
  ]
    .map((part) => part.trimEnd())
    .join("\n\n")
    .concat("\n");
}

function firstPart(path: string): string {
  return path.split(".", 1)[0] ?? "";
}

function fields(leaves: readonly SchemaLeaf[]): string {
  return markdownTable(
    ["field", "meaning", "allowed", "default"],
    leaves.map(({ path, meaning, allowed, usual }) => [`\`${path}\``, meaning, allowed, usual]),
  );
}

function stackKeys(): string {
  const plain = Object.entries(STACK_KEYS).map(([key, { meaning, allowed }]) => [code(key), "plain", meaning, allowed]);
  const secret = (Object.keys(CREDENTIAL_KEYS) as (keyof Passwords)[]).map((name) => [
    code(CREDENTIAL_KEYS[name]),
    "secret",
    CREDENTIAL_MEANINGS[name],
    "text",
  ]);
  const certificates = (Object.keys(CERTIFICATE_KEYS) as (keyof typeof CERTIFICATE_KEYS)[]).map((name) => [
    code(CERTIFICATE_KEYS[name]),
    "secret",
    CERTIFICATE_MEANINGS[name],
    "as `understudy certificates` writes it; absent before the first",
  ]);
  return markdownTable(["config key", "kept", "meaning", "allowed"], [...plain, ...secret, ...certificates]);
}

function drillKeys(): string {
  return markdownTable(
    ["config key", "meaning", "allowed", "default"],
    schemaLeaves(drillConfigSchema).map(({ path, meaning, allowed, usual }) => [
      code(`drill.${path}`),
      meaning,
      allowed,
      usual,
    ]),
  );
}

function code(key: string): string {
  return `\`understudy:${key}\``;
}
