import * as pulumi from "@pulumi/pulumi";
import { applicationRedisUsers } from "./application-redis-users";
import { formerDigests } from "./application-secrets";
import { parseDrillConfig, type DrillConfig } from "./drill-config";
import { CERTIFICATE_KEYS, parseCertificates, type StackCertificates } from "./certificates/stored";
import { credentialsFrom, neededKeys, whyNeeded, type Credentials } from "./credentials";
import { SERVER_LEAF } from "./certificates/wanted";
import { clientsProblem } from "./clients-section";
import { logsProblem } from "./logs";
import { encryptionOf, encryptionProblem } from "./encryption";
import type { Environment } from "./environment";
import { exchangedNow, type Exchanged } from "./exchanged";
import { FRONT_CLIENT } from "./front";
import { hbaProblems } from "./hba-lines";
import { notifySecrets } from "./notify-section";
import { describeIssues, EnvironmentError, loadDeclaredEnvironment } from "./load-environment";
import { loadOverlays, secretsNamed, type Overlays } from "./overlays";
import { viewFrom, type HostView, type Role } from "./pair";
import { parseIdentity, type PairIdentity } from "./pair-identity";
import { STACK_KEYS } from "./stack-keys";
import { messageOf } from "./user-error";

/** Everything one stack is told, read once. */
export interface Settings {
  readonly environmentFile: string;
  readonly environment: Environment;
  readonly view: HostView;
  readonly role: Role;
  readonly drill: DrillConfig | undefined;
  /** Whose data the pair's are; undefined as long as nobody has noted it. */
  readonly identity?: PairIdentity | undefined;
  /** In the clear, for reading both hosts at run time; resources get `secrets`. */
  readonly credentials: Credentials;
  readonly secrets: pulumi.Output<Credentials>;
  /** Which passwords are being exchanged. */
  readonly exchanging?: readonly Exchanged[];
  /** The host's certificates; undefined where it has none, and in a drill also where they cannot be understood. */
  readonly certificates?: StackCertificates | undefined;
  /** The lines of Redis' ACL file for the users of applications: digests of their passwords, as a secret. */
  readonly applicationUsers: pulumi.Output<readonly string[]>;
  /** URLs, keys and passwords of the receivers in `notify`, by their names, as a secret. */
  readonly receiverSecrets: pulumi.Output<Readonly<Record<string, string>>>;
  /** What the operator's own files add. */
  readonly overlays?: Overlays | undefined;
  /** The secrets that they name, by their keys. */
  readonly overlaySecrets?: pulumi.Output<Readonly<Record<string, string>>> | undefined;
}

const HOW = "pulumi config set";

/**
 * Reads the stack's config and the environment file it names.
 * @throws pulumi.RunError with every problem at once, one line each, with the command that mends it
 */
export function loadSettings(): Settings {
  const config = new pulumi.Config("understudy");
  const problems: string[] = [];
  const need = (key: string, hint: string, why = ""): string => {
    const value = config.get(key);
    if (value === undefined || value === "")
      problems.push(`understudy:${key} is not set${why}; next: ${HOW} understudy:${key} ${hint}`);
    return value ?? "";
  };
  const environmentFile = need("environment", STACK_KEYS.environment.example);
  const hostName = need("host", STACK_KEYS.host.example);
  const role = need("role", STACK_KEYS.role.example);
  if (role !== "" && role !== "primary" && role !== "standby") {
    problems.push(
      `understudy:role is ${JSON.stringify(role)}, allowed: primary, standby; next: ${HOW} understudy:role primary|standby`,
    );
  }
  let environment: Environment | undefined;
  let view: HostView | undefined;
  let unreadable: string | undefined;
  try {
    if (environmentFile !== "") environment = loadDeclaredEnvironment(environmentFile);
    if (environment && hostName !== "") view = viewFrom(environment, hostName);
  } catch (error) {
    unreadable = error instanceof Error ? error.message : String(error);
  }
  for (const key of neededKeys(environment)) need(key, "--secret", whyNeeded(key));
  const credentials = credentialsFrom((key) => config.get(key));
  const passwords = new Map<string, string>();
  for (const [name, { password: key, redis }] of Object.entries(environment?.applications ?? {})) {
    if (redis === undefined || key === undefined) continue;
    passwords.set(name, need(key, "--secret", `, and applications.${name}.password names it`));
  }
  const drill = readDrill(config, problems);
  // A drill touches no Alertmanager: it is never held up for what only that one needs.
  const receivers = notifySecrets(environment?.notify).map(([name, key]) => [
    name,
    drill === undefined
      ? need(key, "--secret", `, and notify.receivers.${name}.secret names it`)
      : (config.get(key) ?? ""),
  ]);
  // As with certificates: a drill changes nothing of what is watched, and is not held up for it.
  const ownFiles = environment && readOverlays(environment, need, drill === undefined ? problems : []);
  const certificates = readCertificates(config, drill === undefined ? problems : []);
  const asked = environment && encryptionProblem(environment, certificates !== undefined);
  if (asked !== undefined && drill === undefined) problems.push(asked);
  if (environment && drill === undefined) {
    const mode = encryptionOf(environment, certificates !== undefined);
    problems.push(...hbaProblems(ownFiles?.overlays?.hba ?? [], mode).map((one) => `overlays.pg_hba: ${one}`));
  }
  const doors = environment && clientsProblem(environment, certificates !== undefined);
  if (doors !== undefined && drill === undefined) problems.push(doors);
  const logs = environment && logsProblem(environment);
  if (logs !== undefined && drill === undefined) problems.push(logs);
  const noted = config.get("identity");
  const identity = noted === undefined ? undefined : parseIdentity(noted);
  if (noted !== undefined && identity === undefined)
    problems.push(`understudy:identity is no identity: ${JSON.stringify(noted)}; next: understudy up --execute`);
  if (unreadable !== undefined) problems.push(unreadable);
  if (problems.length > 0 || !environment || !view) throw new pulumi.RunError(problems.join("\n"));
  return {
    environmentFile,
    environment,
    view,
    role: role as Role,
    drill,
    identity,
    credentials,
    secrets: pulumi.secret(credentials),
    exchanging: exchangedNow(credentials),
    certificates,
    ...ownFiles,
    applicationUsers: pulumi.secret(
      applicationRedisUsers(
        environment.applications,
        passwords,
        formerDigests(environment.applications, (key) => config.get(key)),
      ),
    ),
    receiverSecrets: pulumi.secret(Object.fromEntries(receivers) as Record<string, string>),
  };
}

function readOverlays(
  { overlays: section }: Environment,
  need: (key: string, hint: string, why: string) => string,
  problems: string[],
): Pick<Settings, "overlays" | "overlaySecrets"> {
  if (section === undefined) return {};
  try {
    const overlays = loadOverlays(section);
    const why = ", and the file of overlays.alerts names it";
    const secrets = secretsNamed(overlays).map((key): [string, string] => [key, need(key, "--secret", why)]);
    return { overlays, overlaySecrets: pulumi.secret(Object.fromEntries(secrets)) };
  } catch (error) {
    problems.push(messageOf(error));
    return {};
  }
}

/** A drill touches nothing that has certificates: it is never held up for them. */
function readCertificates(config: pulumi.Config, problems: string[]): StackCertificates | undefined {
  const { certificates: key } = CERTIFICATE_KEYS;
  const text = config.get(key);
  if (text === undefined || text === "") return undefined;
  const found = parseCertificates(text);
  const lacks = found && [SERVER_LEAF, FRONT_CLIENT].filter((name) => found.leaves[name] === undefined);
  if (found === undefined || lacks === undefined || lacks.length > 0) {
    const words = lacks === undefined ? "cannot be understood" : `lacks ${lacks.join(", ")}`;
    problems.push(`understudy:${key} ${words}; next: understudy certificates --execute`);
    return undefined;
  }
  return found;
}

function readDrill(config: pulumi.Config, problems: string[]): DrillConfig | undefined {
  const data = config.getObject<Record<string, unknown>>("drill");
  if (data === undefined) return undefined;
  const parsed = parseDrillConfig(data);
  if (parsed.success) return parsed.data;
  problems.push(new EnvironmentError(describeIssues("understudy:drill", data, parsed.error)).message);
  return undefined;
}
