import { bringOwnRoles } from "../drills/bootstrap/accounts";
import { namedHosts } from "../settings/pair";
import { Command, Option } from "commander";
import { backupNow } from "../drills/services/backup/backup-now";
import { isOfTheFuture, listBackups } from "../drills/services/backup/backups";
import { closeRestored, openRestored } from "../drills/services/backup/open-restored";
import { restoreIntoService } from "../drills/services/backup/restore-into-service";
import { openScratch } from "../drills/services/backup/scratch";
import { nextAfter } from "../drills/services/backup/next-command";
import { checkBackups } from "../operator/backup/check-backups";
import { remakeApplications } from "../operator/lifecycle/declared-applications";
import { openStacks } from "../operator/failover/pair-stacks";
import { readCommandsIn } from "../operator/salvage/read-commands";
import { firstFailure } from "../drills/hosts/swap-checks";
import { messageOf, UserError } from "../settings/user-error";
import { loadEnvironment } from "../settings/load-environment";
import { SERVICE_NAMES, STORE_NAMES, type ServiceName } from "../settings/services";
import { defaultEnvConfig, namedEnvConfig } from "./env-config";
import { structured } from "./structured-output";
import { textTable } from "./text-table";

interface Flags {
  readonly envConfig: string;
  readonly host: string;
  readonly service?: ServiceName;
  readonly at?: string;
  readonly output: "table" | "json";
}

const HOST = "host-a";

function verb(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option("--host <name>", "whose data", HOST)
    .addOption(new Option("--service <name>", "one service; default: all").choices(SERVICE_NAMES))
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("before", `Example:\n  ${example}\n`);
}

function services({ service }: Flags): readonly ServiceName[] {
  return service === undefined ? SERVICE_NAMES : [service];
}

function print<T>(
  flags: Flags,
  head: readonly string[],
  rows: readonly T[],
  cells: (row: T) => readonly string[],
): void {
  process.stdout.write(
    flags.output === "json" ? structured("json", rows) : `${textTable([head, ...rows.map(cells)]).join("\n")}\n`,
  );
}

const tell = (words: string): void => void process.stderr.write(`${words}\n`);

/** Does `work` for one service after the other; one that fails does not keep the others from their turn. */
async function forEach<T>(
  flags: Flags,
  what: string,
  work: (service: ServiceName) => Promise<T>,
): Promise<readonly T[]> {
  const done: T[] = [];
  for (const service of services(flags)) {
    tell(`${what} ${service} of ${flags.host}`);
    try {
      done.push(await work(service));
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 2) throw error;
      tell(`error: ${service} of ${flags.host}: ${messageOf(error)}`);
      if (error instanceof UserError) tell(`next: ${error.next}`);
      process.exitCode = error instanceof UserError && flags.service !== undefined ? error.exitCode : 1;
    }
  }
  return done;
}

function nowCommand(): Command {
  return verb("now", "take a backup now", "understudy backup now --service redis").action(async (flags: Flags) => {
    const environment = loadEnvironment(flags.envConfig);
    const taken = await forEach(flags, "backing up", (service) => backupNow(environment, flags.host, service));
    print(flags, ["SERVICE", "ID", "AT", "SECONDS", "BYTES", "ADDED"], taken, (one) =>
      [one.service, one.id, one.at, one.seconds, one.bytes, one.addedBytes].map(String),
    );
  });
}

function listCommand(): Command {
  return verb("list", "list a host's backups, oldest first", "understudy backup list --host host-a").action(
    async (flags: Flags) => {
      const backups = await listBackups(loadEnvironment(flags.envConfig), flags.host, flags.service);
      print(flags, ["SERVICE", "ID", "AT", "AGE", "BYTES"], backups, (one) => [
        one.service,
        one.id.slice(0, 8),
        one.at,
        isOfTheFuture(one, Date.now()) ? "in the future" : `${Math.round((Date.now() - Date.parse(one.at)) / 1000)} s`,
        one.bytes === null ? "-" : String(one.bytes),
      ]);
    },
  );
}

function checkCommand(): Command {
  const description = "compare both hosts' backups with their objectives, as a drill does (exit 0 all well, 1 not)";
  return verb("check", description, "understudy backup check").action(async (flags: Flags) => {
    const environment = loadEnvironment(flags.envConfig);
    const checks = await checkBackups(environment, tell);
    print(flags, ["CHECK", "HOST", "MEASURED", "LIMIT", "OK"], checks, (one) =>
      [one.name, one.host, one.measured ?? "unknown", one.limit, one.ok ? "ok" : "FAILED"].map(String),
    );
    for (const one of checks.filter(({ ok }) => !ok)) {
      tell(`error: ${firstFailure([one])?.reason ?? one.name}\nnext: ${nextAfter(one)}`);
      process.exitCode = 1;
    }
  });
}

interface RestoreFlags extends Flags {
  readonly to: "scratch" | "service";
  readonly open: boolean;
  readonly overwrite?: string;
}

function restoreCommand(): Command {
  const description =
    "restore backups beside the services, in an isolated scratch network that is taken away again, or one back into service";
  return verb("restore", description, "understudy backup restore --service timescaledb --at 2026-11-25T03:00:00Z")
    .option("--at <when>", "a time with its zone; for PostgreSQL also a WAL position or a restore point's name")
    .addOption(new Option("--to <place>", "where it is restored").choices(["scratch", "service"]).default("scratch"))
    .option("--open", "leave the restored store running for an hour, and print how to read it", false)
    .option("--overwrite <environment/host/service>", "the live service that may be overwritten, in these words")
    .action((flags: RestoreFlags, command: Command) => {
      if (flags.to === "service")
        return intoService(flags.overwrite === undefined ? flags : { ...flags, envConfig: namedEnvConfig(command) });
      return flags.open ? openForReading(flags) : rehearse(flags);
    });
}

/** The common case is one table that was deleted by mistake: it is read where it was restored. */
async function openForReading(flags: RestoreFlags): Promise<void> {
  const store = STORE_NAMES.find((one) => one === flags.service);
  if (store === undefined) {
    throw new UserError(
      "--open starts one store: --service is neither timescaledb nor redis",
      "understudy backup restore --service timescaledb --open",
      2,
    );
  }
  tell(`restoring ${store} of ${flags.host}`);
  const opened = await openRestored(loadEnvironment(flags.envConfig), flags.host, store, flags.at);
  const { on, container, databases, until, backup } = opened;
  const first = databases.find((one) => !["postgres", "understudy"].includes(one)) ?? databases[0];
  const commands = readCommandsIn(on, store, first ?? "postgres", { container, redis: "" });
  if (flags.output === "json") {
    const host = flags.host;
    process.stdout.write(structured("json", { host, service: store, on: on.name, databases, until, backup, commands }));
    return;
  }
  const lines = [
    `OPEN: ${store} of ${flags.host}, backup ${backup.id.slice(0, 8)} of ${backup.at}, on ${on.name} until ${until}`,
    `  databases ${databases.join(", ")}`,
    ...commands.map((one) => `  read      ${one}`),
    `  close     understudy backup close --host ${flags.host}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function closeCommand(): Command {
  return verb(
    "close",
    "take away the restored stores that `restore --open` left",
    "understudy backup close --host host-a",
  ).action(async (flags: Flags) => {
    const removed = await closeRestored(loadEnvironment(flags.envConfig), flags.host);
    tell(`${removed} restored ${removed === 1 ? "store" : "stores"} of ${flags.host} closed; the backups stay`);
  });
}

async function rehearse(flags: RestoreFlags): Promise<void> {
  if (flags.overwrite !== undefined)
    throw new UserError("--overwrite is for --to service", "understudy backup restore --help", 2);
  tell(`opening a scratch network for ${flags.host}`);
  const scratch = await openScratch(loadEnvironment(flags.envConfig), flags.host);
  try {
    const restored = await forEach(flags, "restoring", async (service) => {
      const { backup, bytes, seconds } = await scratch.restore(service, flags.at);
      return { service, backup, bytes, seconds };
    });
    print(flags, ["SERVICE", "BACKUP", "AT", "BYTES", "SECONDS"], restored, (one) =>
      [one.service, one.backup.id.slice(0, 8), one.backup.at, one.bytes ?? "-", one.seconds].map(String),
    );
  } finally {
    await scratch.close();
  }
}

async function intoService(flags: RestoreFlags): Promise<void> {
  const { service, host, at, overwrite } = flags;
  if (service === undefined) {
    throw new UserError(
      "one service at a time is brought back: --service is missing",
      "understudy backup restore --service loki --to service",
      2,
    );
  }
  const environment = loadEnvironment(flags.envConfig);
  const { stacks, credentials } = await openStacks(environment);
  const restored = await restoreIntoService(environment, credentials, { service, host, at, overwrite }, tell);
  if (service === "timescaledb") {
    // A backup may be from before there were roles of ours.
    await bringOwnRoles(namedHosts(environment), credentials, { doors: environment.clients !== undefined }).catch(
      (error: unknown) => {
        tell(`${messageOf(error)}; next: understudy up --env-config ${flags.envConfig} --execute`);
      },
    );
    // And from before an application was declared.
    for (const words of await remakeApplications(environment, stacks, flags.envConfig)) tell(words);
  }
  print(flags, ["HOST", "SERVICE", "BACKUP", "AT", "SECONDS", "FORMER DATA IN"], [restored], (one) =>
    [one.host, one.service, one.backup.id.slice(0, 8), one.backup.at, one.seconds, one.keptIn].map(String),
  );
  if (STORE_NAMES.some((one) => one === service))
    tell(`a standby of ${host} has another history now; next: understudy status`);
}

/** `understudy backup`: takes, lists, checks and rehearses the restore of the backups on the other host. */
export function backupCommand(): Command {
  const command = new Command("backup")
    .description("backups of each host on the other one")
    .addHelpText("before", "Example:\n  understudy backup list --host host-a\n");
  for (const one of [nowCommand(), listCommand(), checkCommand(), restoreCommand(), closeCommand()])
    command.addCommand(one);
  return command;
}
