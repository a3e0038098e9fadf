import { Command, Option } from "commander";
import { connectEngine, type HostEngine } from "../drills/hosts/engine";
import { findSalvage } from "../operator/salvage/find-salvage";
import { listSalvages, type Salvage } from "../operator/salvage/list-salvages";
import { readCommands } from "../operator/salvage/read-commands";
import { removeSalvage } from "../operator/salvage/remove-salvage";
import { closeScratch, openSalvages, startScratch } from "../operator/salvage/scratch-server";
import { hostOfWord } from "../settings/host-word";
import { loadEnvironment } from "../settings/load-environment";
import { type NamedHost, viewFrom } from "../settings/pair";
import { STORE_NAMES, type StoreName } from "../settings/services";
import { messageOf, UserError } from "../settings/user-error";
import { defaultEnvConfig, namedEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { textTable } from "./text-table";

interface Flags {
  readonly envConfig: string;
  readonly output: TextOrJson;
  readonly store?: StoreName;
}

const EXAMPLE = `
Examples:
  understudy salvage list host-a
  understudy salvage open host-a NAME      # prints the psql and pg_dump commands that read it
  understudy salvage close host-a
  understudy salvage remove prodlike/host-a NAME    # for good
`;

/** `understudy salvage`: what a host kept of data that it gave up: list, read, remove. */
export function salvageCommand(): Command {
  return new Command("salvage")
    .description("list, read and remove the data that a host kept when it came back or was restored")
    .addHelpText("before", EXAMPLE.trimStart())
    .addCommand(
      verb("list", "what is kept on a host, with its size and age", "understudy salvage list host-a").action(
        (host: string, flags: Flags) => onHost(host, flags, (self, engine) => list(self, engine, flags)),
      ),
    )
    .addCommand(
      verb(
        "open",
        "start a server on a kept data folder and print how to read it",
        "understudy salvage open host-a NAME",
      )
        .argument("<name>", "the salvage, as `salvage list` names it")
        .addOption(storeOption())
        .action((host: string, name: string, flags: Flags) =>
          onHost(host, flags, async (self, engine) =>
            open(self, engine, await findSalvage(engine, host, name, flags.store), flags),
          ),
        ),
    )
    .addCommand(
      verb(
        "close",
        "stop the servers that `salvage open` started; what is kept stays",
        "understudy salvage close host-a",
      ).action((host: string, flags: Flags) => onHost(host, flags, (_self, engine) => close(host, engine))),
    )
    .addCommand(
      verb(
        "remove",
        "remove one salvage for good",
        "understudy salvage remove prodlike/host-a NAME",
        "environment/host",
      )
        .argument("<name>", "the salvage, as `salvage list` names it")
        .addOption(storeOption())
        .action((word: string, name: string, flags: Flags, command: Command) => {
          const envConfig = namedEnvConfig(command);
          const asWords = (one: string): string => `understudy salvage remove ${one} ${name}`;
          const host = hostOfWord(loadEnvironment(envConfig), word, asWords);
          return onHost(host, { ...flags, envConfig }, async (_self, engine) => {
            const one = await findSalvage(engine, host, name, flags.store);
            await removeSalvage(engine, host, one);
            process.stderr.write(`${name} of ${host} is removed: ${mebibytes(one)} MiB\n`);
          });
        }),
    );
}

function storeOption(): Option {
  return new Option("--store <name>", "whose, where both stores keep one of that name").choices(STORE_NAMES);
}

function verb(name: string, description: string, example: string, host = "host"): Command {
  return new Command(name)
    .description(description)
    .argument(`<${host}>`, "the host that keeps it")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(outputOption())
    .addHelpText("before", `Example:\n  ${example}\n`);
}

async function onHost(
  name: string,
  { envConfig }: Flags,
  work: (host: NamedHost, engine: HostEngine) => Promise<void>,
): Promise<void> {
  const environment = loadEnvironment(envConfig);
  let self: NamedHost;
  try {
    ({ self } = viewFrom(environment, name));
  } catch (error) {
    throw new UserError(messageOf(error), "understudy status", 2);
  }
  const engine = connectEngine(self);
  await work(self, engine).finally(() => engine.close());
}

const mebibytes = ({ bytes }: Salvage): string => (bytes / 1024 / 1024).toFixed(1);

async function list(host: NamedHost, engine: HostEngine, { output }: Flags): Promise<void> {
  const [salvages, open] = [await listSalvages(engine), await openSalvages(engine)];
  if (output === "json") {
    const all = salvages.map((one) => ({ ...one, open: open[one.store] === one.name }));
    process.stdout.write(structured(output, { host: host.name, salvages: all }));
    return;
  }
  const rows = salvages.map((one) => [
    one.name,
    one.store,
    `${mebibytes(one)} MiB`,
    one.at,
    one.holds + (open[one.store] === one.name ? "; open" : ""),
  ]);
  const lines =
    rows.length === 0
      ? [`${host.name} keeps nothing`]
      : textTable([["NAME", "STORE", "SIZE", "SINCE", "HOLDS"], ...rows]);
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function open(host: NamedHost, engine: HostEngine, salvage: Salvage, { output }: Flags): Promise<void> {
  const opened = (await openSalvages(engine))[salvage.store];
  if (opened !== undefined) {
    throw new UserError(
      `salvage ${opened} of ${host.name} is open already`,
      `understudy salvage close ${host.name}`,
      3,
    );
  }
  process.stderr.write(`starting a server on ${salvage.name} of ${host.name}, without a network\n`);
  const databases = await startScratch(engine, salvage);
  const first = databases.find((one) => !["postgres", "understudy"].includes(one)) ?? databases[0];
  const commands = readCommands(host, salvage.store, first ?? (salvage.store === "redis" ? "db0" : "template1"));
  if (output === "json") {
    process.stdout.write(structured(output, { host: host.name, name: salvage.name, databases, commands }));
    return;
  }
  const lines = [
    `OPEN: ${salvage.name} of ${host.name}`,
    `  databases ${databases.join(", ")}`,
    ...commands.map((one) => `  read      ${one}`),
    `  close     understudy salvage close ${host.name}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function close(host: string, engine: HostEngine): Promise<void> {
  for (const store of STORE_NAMES) {
    const closed = await closeScratch(engine, store);
    process.stderr.write(`${store} on ${host}: ${closed ? "closed, what is kept stays" : "nothing is open"}\n`);
  }
}
