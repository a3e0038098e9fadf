import { bounded } from "../../hosts/bounded";
import { type Conversation, openConversation } from "../../hosts/conversation";
import { putFile } from "../../hosts/put-file";
import type { HostSessions } from "../../hosts/sessions";
import { addressesForPeer } from "../../../settings/listen";
import { containerName, LABELS, NETWORK_NAME, volumeName } from "../../../settings/names";
import { CARRIED_SERVICES, type CarriedService } from "../../../settings/services";

/**
 * The program of a carrier's conversation: each line is a script with its words, in base64. It prints what the script
 * prints, then `ok`, or `error` and how it ended. While it lives it gives a sign of life on its second output. It starts
 * two processes a line, no more: services are stopped meanwhile.
 */
export const CARRIER_SHELL = `(trap 'kill $nap; exit' TERM; while :; do sleep 5 & nap=$!; wait $nap; echo lives >&2; done) & signs=$!
trap 'kill $signs; rm -f "/tmp/complaint.$$"' EXIT
while read -r line; do
sh -c "$(base64 -d <<END
$line
END
)" </dev/null 2>"/tmp/complaint.$$"
code=$?
if [ "$code" = 0 ]; then echo ok; else echo "error exited $code: $(tr '\\n' ' ' <"/tmp/complaint.$$")"; fi
done`;

/** The line that has a script run, which ends at its first command that fails; `$1` and on are `words`. */
export function shellLine(script: string, words: readonly string[]): string {
  return Buffer.from(`set -- ${words.map(quoted).join(" ")}\nset -e\n${script}`).toString("base64");
}

/** One word as a shell reads it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

const NAME = "understudy-carrier";
/** Where it sees each service's volume. */
const MOUNT = "/carry";
const WORK = "/tmp";
const ENGINE_MS = 30_000;
/** A host from which nothing is heard for so long is not waited for. What is heard has no bound of its own. */
const SILENCE_MS = 60_000;
/** How often a carrier is told that it is still needed, and after how many seconds without it ends by itself. */
const NEEDED_EVERY_MS = 30_000;
const FORGOTTEN_SECONDS = 300;
/** Counts turns of its own: no clock that may step has a say. */
const LIVE = `n=0; while [ $n -lt ${FORGOTTEN_SECONDS / 5} ]; do sleep 5
if [ -e ${WORK}/needed ]; then rm -f ${WORK}/needed; n=0; else n=$((n+1)); fi; done`;

/** What differs between carriers. */
export interface CarrierOptions {
  /** Its container's name. */
  readonly name?: string;
  /** What else it sees, each as `VOLUME:FOLDER`. */
  readonly otherBinds?: readonly string[];
  /** Whether it may speak with the other host, and on which of its ports that one reaches it. Without it has no network. */
  readonly network?: { readonly published?: { readonly inside: number; readonly outside: number } };
}

/** A container that sees the volumes of the carried services on one host. */
export interface Carrier {
  /** The folder of a service's data, as this carrier sees it. */
  folder(service: CarriedService): string;
  /** A folder of its own for what is on its way; it ends with the carrier. */
  readonly work: string;
  /** Runs a shell script in it; `$1` and on are `words`. @throws Error with its words when it does not exit 0 */
  run(script: string, ...words: string[]): Promise<void>;
  /** As `run`, and gives back what it printed, all of it. */
  read(script: string, ...words: string[]): Promise<string>;
  /** Leaves a text in a file of its own for a script to read, and gives back that file's path. */
  write(name: string, text: string): Promise<string>;
  /** Starts a program that goes on until the carrier ends, as an account that may read nothing of the services. */
  serve(command: readonly string[]): Promise<void>;
  /** A file of its own, as a tar stream. */
  give(file: string): Promise<NodeJS.ReadableStream>;
  /** Puts the file of a tar stream into `work`. */
  take(stream: NodeJS.ReadableStream): Promise<void>;
  remove(): Promise<void>;
}

/** Bytes of a list that comes with the script that reads it; a longer one goes ahead of it, by the engine. */
const SHORT_LIST = 4096;

/** A list for a script: the file in which it finds it, and the script that has it find it there. */
interface WithList {
  readonly file: string;
  readonly script: string;
}

/** Gives a script a file with `lines` to read: a short list needs no way of its own to the host. */
export async function withList(
  carrier: Pick<Carrier, "work" | "write">,
  script: string,
  name: string,
  lines: readonly string[],
): Promise<WithList> {
  const text = lines.map((line) => `${line}\n`).join("");
  if (Buffer.byteLength(text) > SHORT_LIST) return { file: await carrier.write(name, text), script };
  const file = `${carrier.work}/${name}`;
  return { file, script: `printf %s ${quoted(text)} >${quoted(file)}\n${script}` };
}

/**
 * Starts the carrier on one host; one that was left there is removed first. It is made from the image that the host's
 * Redis runs, because the image of Loki has no shell. It lives for as long as this process needs it.
 */
export async function startCarrier(
  { host, engine }: Pick<HostSessions, "host" | "engine">,
  { name = NAME, otherBinds = [], network }: CarrierOptions = {},
): Promise<Carrier> {
  const folder = (service: CarriedService): string => `${MOUNT}/${service}`;
  const { docker } = engine;
  const what = `${host.name}: ${name}`;
  const { inside, outside } = network?.published ?? {};
  const remove = (): Promise<void> =>
    bounded(what, ENGINE_MS, docker.getContainer(name).remove({ force: true, v: true })).then(
      () => undefined,
      () => undefined,
    );
  const [{ Image: image, Config: config }] = await Promise.all([
    bounded(what, ENGINE_MS, docker.getContainer(containerName("redis")).inspect()),
    remove(),
  ]);
  const bindings = (): { HostIp: string; HostPort: string }[] =>
    addressesForPeer(config.Labels[LABELS.listen], host).map((ip) => ({ HostIp: ip, HostPort: String(outside) }));
  const container = await bounded(
    what,
    ENGINE_MS,
    docker.createContainer({
      name,
      Image: image,
      User: "0",
      Entrypoint: ["/bin/sh", "-c", LIVE],
      Cmd: [],
      Labels: { "understudy.scratch": "carrier" },
      ...(inside === undefined ? {} : { ExposedPorts: { [`${inside}/tcp`]: {} } }),
      HostConfig: {
        AutoRemove: true,
        NetworkMode: network === undefined ? "none" : NETWORK_NAME,
        ...(inside === undefined ? {} : { PortBindings: { [`${inside}/tcp`]: bindings() } }),
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
  await bounded(what, ENGINE_MS, container.start()).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const open = new Set<Conversation>();
  const idle: Conversation[] = [];
  const openShell = async (): Promise<Conversation> => {
    const shell = await bounded(what, ENGINE_MS, openConversation(docker, what, name, ["sh", "-c", CARRIER_SHELL]));
    open.add(shell);
    return shell;
  };
  // A conversation for each script that runs at a time, and used again: a `docker exec` for each costs more than most scripts.
  const execute = async (script: string, words: readonly string[]): Promise<readonly string[]> => {
    let shell = idle.pop();
    while (shell?.isOver() === true) shell = idle.pop();
    shell ??= await openShell();
    try {
      return await shell.askWhileItSpeaks(shellLine(script, words), SILENCE_MS, "a script");
    } finally {
      if (!shell.isOver()) idle.push(shell);
    }
  };
  const needed = setInterval(() => void execute(`: >${WORK}/needed`, []).catch(() => undefined), NEEDED_EVERY_MS);
  needed.unref();
  return {
    folder,
    work: WORK,
    run: async (script, ...words) => {
      await execute(script, words);
    },
    read: async (script, ...words) => (await execute(script, words)).map((line) => `${line}\n`).join(""),
    write: async (title, text) => {
      const file = `${WORK}/${title}`;
      await putFile(docker, name, file, text);
      return file;
    },
    serve: async (command) => {
      const exec = await bounded(what, ENGINE_MS, container.exec({ Cmd: [...command], User: "65534:65534" }));
      await bounded(what, ENGINE_MS, exec.start({ Detach: true }));
    },
    give: (file) => bounded(what, ENGINE_MS, container.getArchive({ path: file })),
    take: async (stream) => {
      await container.putArchive(stream, { path: WORK });
    },
    remove: async () => {
      clearInterval(needed);
      for (const shell of open) shell.close();
      await remove();
    },
  };
}
