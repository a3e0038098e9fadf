import { containerName, volumeName } from "../../settings/names";
import { CARRIED_SERVICES, type CarriedService } from "../../settings/service-promises";
import { bounded } from "../bounded";
import { putFile } from "../hosts/put-file";
import { runInContainer } from "../hosts/run-in-container";
import type { HostSessions } from "../hosts/sessions";

const NAME = "understudy-carrier";
/** Where it sees each service's volume. */
const MOUNT = "/carry";
const ENGINE_MS = 30_000;
const LIFETIME_SECONDS = 900;
/** What of its lifetime one command may take. */
const COMMAND_SHARE = 1 / 3;

/** A busy engine may end a command well and give nothing of what it printed: without this mark it is asked again. */
const END_MARK = "understudy: that was all";
const READ_ATTEMPTS = 5;

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
 * Redis runs, because the images of Loki and Tempo have no shell.
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
  const execute = (script: string, words: readonly string[]): Promise<string> =>
    runInContainer(docker, name, ["sh", "-c", `set -e\n${script}`, "sh", ...words], commandMs);
  return {
    folder,
    run: async (script, ...words) => {
      await execute(script, words);
    },
    read: async (script, ...words) => {
      for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
        const said = await execute(`${script}\necho "${END_MARK}"`, words);
        if (said.endsWith(`${END_MARK}\n`)) return said.slice(0, -END_MARK.length - 1);
      }
      throw new Error(`${what}: the engine does not give what a command has printed`);
    },
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
    remove,
  };
}
