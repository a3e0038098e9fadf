import { bounded } from "../../hosts/bounded";
import { type Conversation, openConversation } from "../../hosts/conversation";
import { putFile } from "../../hosts/put-file";
import type { HostSessions } from "../../hosts/sessions";
import { containerName, volumeName } from "../../../settings/names";
import { CARRIED_SERVICES, type CarriedService } from "../../../settings/services";

/**
 * The program of a carrier's conversation: each line is a script and its words, all in base64, a word with `-` before it
 * so that an empty one is seen. It prints what the script prints, then `ok`, or `error` and how it ended.
 */
export const CARRIER_SHELL = `while read -r script words; do
set --
for one in $words; do set -- "$@" "$(printf %s "\${one#-}" | base64 -d)"; done
sh -c "$(printf %s "$script" | base64 -d)" sh "$@" </dev/null 2>"/tmp/complaint.$$"
code=$?
if [ "$code" = 0 ]; then echo ok; else echo "error exited $code: $(tr '\\n' ' ' <"/tmp/complaint.$$")"; fi
rm -f "/tmp/complaint.$$"
done`;

/** The line that has a script run, which ends at its first command that fails; `$1` and on are `words`. */
export function shellLine(script: string, words: readonly string[]): string {
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  return [encoded(`set -e\n${script}`), ...words.map((word) => `-${encoded(word)}`)].join(" ");
}

const NAME = "understudy-carrier";
/** Where it sees each service's volume. */
const MOUNT = "/carry";
const ENGINE_MS = 30_000;
const LIFETIME_SECONDS = 900;
/** What of its lifetime one command may take. */
const COMMAND_SHARE = 1 / 3;

/** What differs between carriers. */
export interface CarrierOptions {
  /** Its container's name. */
  readonly name?: string;
  /** What else it sees, each as `VOLUME:FOLDER`. */
  readonly otherBinds?: readonly string[];
  /** It ends by itself after this time and is then removed, also when the drill that started it was killed. */
  readonly lifetimeSeconds?: number;
}

/** A container without network that sees the volumes of the carried services on one host. */
export interface Carrier {
  /** The folder of a service's data, as this carrier sees it. */
  folder(service: CarriedService): string;
  /** Runs a shell script in it; `$1` and on are `words`. @throws Error with its words when it does not exit 0 */
  run(script: string, ...words: string[]): Promise<void>;
  /** As `run`, for a script that changes nothing: gives back what it printed, all of it. */
  read(script: string, ...words: string[]): Promise<string>;
  /** Leaves `lines` in a file of its own for a script to read, and gives back that file's path. */
  list(name: string, lines: readonly string[]): Promise<string>;
  /** Puts the files of one of its folders into a folder of another host's carrier, as a stream. */
  copyTo(other: Carrier, folder: string, into: string): Promise<void>;
  /** Extracts a tar stream into one of its folders. */
  extract(stream: NodeJS.ReadableStream, into: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Starts the carrier on one host; one that was left there is removed first. It is made from the image that the host's
 * Redis runs, because the image of Loki has no shell.
 */
export async function startCarrier(
  { host, engine }: Pick<HostSessions, "host" | "engine">,
  { name = NAME, otherBinds = [], lifetimeSeconds = LIFETIME_SECONDS }: CarrierOptions = {},
): Promise<Carrier> {
  const commandMs = lifetimeSeconds * 1000 * COMMAND_SHARE;
  const folder = (service: CarriedService): string => `${MOUNT}/${service}`;
  const { docker } = engine;
  const what = `${host.name}: ${name}`;
  const remove = (): Promise<void> =>
    bounded(what, ENGINE_MS, docker.getContainer(name).remove({ force: true, v: true })).then(
      () => undefined,
      () => undefined,
    );
  const [{ Image: image }] = await Promise.all([
    bounded(what, ENGINE_MS, docker.getContainer(containerName("redis")).inspect()),
    remove(),
  ]);
  const container = await bounded(
    what,
    ENGINE_MS,
    docker.createContainer({
      name,
      Image: image,
      User: "0",
      Entrypoint: ["/bin/sh", "-c", `exec sleep ${lifetimeSeconds}`],
      Cmd: [],
      Labels: { "understudy.scratch": "carrier" },
      HostConfig: {
        AutoRemove: true,
        NetworkMode: "none",
        Binds: [...CARRIED_SERVICES.map((service) => `${volumeName(service)}:${folder(service)}`), ...otherBinds],
        CapDrop: ["ALL"],
        // It reads and gives to each service files of that service's own account.
        CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        SecurityOpt: ["no-new-privileges:true"],
        Memory: 256 * 1024 * 1024,
        CpuShares: 128,
      },
    }),
  );
  await bounded(what, ENGINE_MS, container.start());
  const extract = (stream: NodeJS.ReadableStream, into: string): Promise<void> =>
    bounded(what, commandMs, container.putArchive(stream, { path: into })).then(() => undefined);
  const open = new Set<Conversation>();
  const idle: Conversation[] = [];
  const openShell = async (): Promise<Conversation> => {
    const shell = await bounded(what, ENGINE_MS, openConversation(docker, what, name, ["sh", "-c", CARRIER_SHELL]));
    open.add(shell);
    return shell;
  };
  // A conversation for each script that runs at a time, and used again: a `docker exec` for each costs more than most scripts.
  const execute = async (script: string, words: readonly string[]): Promise<readonly string[]> => {
    const shell = idle.pop() ?? (await openShell());
    try {
      return await shell.ask(shellLine(script, words), commandMs, "a script");
    } finally {
      if (!shell.isOver()) idle.push(shell);
    }
  };
  return {
    folder,
    run: async (script, ...words) => {
      await execute(script, words);
    },
    read: async (script, ...words) => (await execute(script, words)).map((line) => `${line}\n`).join(""),
    list: async (title, lines) => {
      const file = `/tmp/${title}`;
      await putFile(docker, name, file, lines.map((line) => `${line}\n`).join(""));
      return file;
    },
    copyTo: async (other, outgoing, into) => {
      const stream = await bounded(what, commandMs, container.getArchive({ path: `${outgoing}/.` }));
      await other.extract(stream, into);
    },
    extract,
    remove: async () => {
      for (const shell of open) shell.close();
      await remove();
    },
  };
}
