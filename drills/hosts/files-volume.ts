import type Docker from "dockerode";
import { buffer } from "node:stream/consumers";
import { containerName, FILES_FOLDER, filesVolumeName } from "../../settings/names";
import type { ContainerName } from "../../settings/services";
import { bounded } from "./bounded";
import { readTar, tarArchive, type TarEntry } from "./tar";

const ENGINE_MS = 60_000;
/** Where the scratch container sees the volume. */
const MOUNT = "/understudy-files";
/** Two generations: the one that `current` leads to, and the one before, whose folder the next one takes. */
export const GENERATIONS = ["a", "b"] as const;

type Generation = (typeof GENERATIONS)[number];

/** The files that a container is to have, and what says whose they are. */
export interface WantedFiles {
  readonly container: ContainerName;
  /** The container's image. */
  readonly image: string;
  /** The container's account: a name of the image's, or a number. */
  readonly user: string;
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

/** The name of the container through which files are put into a volume. It is never started. */
export function writerName(container: ContainerName): string {
  return `understudy-${container}-files-writer`;
}

/**
 * Puts a new generation of files into the volume of a container, beside the one that is in use, and turns the link
 * `current` to it: at every moment its container sees the old files or the new ones, all of them. They belong to the
 * container's account, which alone may read them. It is done through a container of the same image that is never started,
 * because not every image has a shell; one that an interrupted run left is removed.
 * @returns the generation's folder
 * @throws Error of the engine, or when the image does not know the account
 */
export async function writeFiles(docker: Docker, host: string, wanted: WantedFiles): Promise<Generation> {
  const { container: service, image, user, files } = wanted;
  const name = writerName(service);
  const asked = <T>(work: Promise<T>): Promise<T> => bounded(`${host}: files of ${service}`, ENGINE_MS, work);
  const remove = (): Promise<unknown> =>
    asked(docker.getContainer(name).remove({ force: true, v: true })).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  await remove();
  const writer = await asked(
    docker.createContainer({
      name,
      Image: image,
      // Never run: an image may have neither.
      Entrypoint: ["none"],
      Cmd: [],
      NetworkDisabled: true,
      Labels: { "understudy.scratch": "files" },
      HostConfig: { NetworkMode: "none", Binds: [`${filesVolumeName(service)}:${MOUNT}`] },
    }),
  );
  try {
    const owner = await readOwner((file) => asked(firstOf(writer, file)), user, image);
    const link = await asked(firstOf(writer, `${MOUNT}/current`));
    const next = GENERATIONS.find((one) => one !== link?.target) ?? GENERATIONS[0];
    await asked(writer.putArchive(generationArchive(next, owner, files), { path: MOUNT }));
    await asked(writer.putArchive(tarArchive([entry("current", "link", owner, { target: next })]), { path: MOUNT }));
    return next;
  } finally {
    await remove();
  }
}

/**
 * Whether a container's files are there: its volume, and the link in it, which a host that loses its power in the moment of
 * turning it has lost. Where there is no container to look through, the volume counts.
 * @throws Error when the engine does not say
 */
export async function filesAreThere(docker: Docker, host: string, service: ContainerName): Promise<boolean> {
  const there = async (work: Promise<unknown>): Promise<boolean> => {
    try {
      await bounded(`${host}: files of ${service}`, ENGINE_MS, work);
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  };
  if (!(await there(docker.getVolume(filesVolumeName(service)).inspect()))) return false;
  const container = docker.getContainer(containerName(service));
  const { Mounts: mounts } = await container.inspect().catch((error: unknown) => {
    if (statusOf(error) === 404) return { Mounts: [] };
    throw error;
  });
  if (!mounts.some((one) => one.Name === filesVolumeName(service))) return true;
  return there(container.infoArchive({ path: `${FILES_FOLDER}/current` }).then(readToEnd));
}

/** An answer that nobody reads keeps its connection: an engine has eight, and the ninth question would wait without end. */
async function readToEnd(answer: NodeJS.ReadableStream): Promise<void> {
  await buffer(answer);
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a container has of this name, itself alone, links not followed; undefined when there is none. */
async function firstOf(container: Docker.Container, file: string): Promise<TarEntry | undefined> {
  try {
    return readTar(await buffer(await container.getArchive({ path: file })))[0];
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The numbers of an account, as the image itself has them; a number that it has no name for is in group 0. */
async function readOwner(
  read: (file: string) => Promise<TarEntry | undefined>,
  user: string,
  image: string,
): Promise<Owner> {
  const passwd = (await read("/etc/passwd"))?.content.toString("utf8") ?? "";
  const owner = ownerIn(passwd, user);
  if (owner === undefined) throw new Error(`the image ${image} has no account ${user}: /etc/passwd does not name it`);
  return owner;
}

/** The numbers of `user`, a name or a number, by the lines of a passwd file; undefined for a name that is not there. */
export function ownerIn(passwd: string, user: string): Owner | undefined {
  const number = /^\d+$/.test(user);
  const line = passwd
    .split("\n")
    .map((one) => one.split(":"))
    .find(([name, , uid]) => (number ? uid === user : name === user));
  if (line === undefined) return number ? { uid: Number(user), gid: 0 } : undefined;
  const [uid, gid] = [Number(line[2]), Number(line[3])];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

function entry(name: string, kind: TarEntry["kind"], owner: Owner, more: Partial<TarEntry> = {}): TarEntry {
  return {
    name,
    kind,
    content: Buffer.alloc(0),
    target: "",
    mode: kind === "folder" ? 0o500 : 0o400,
    ...owner,
    ...more,
  };
}

/**
 * One generation, in a folder of which nothing of before is left: an engine that unpacks a file where a folder is removes
 * the folder with all that is in it, and the other way round.
 */
export function generationArchive(folder: string, owner: Owner, files: WantedFiles["files"]): Buffer {
  const inside = new Set(
    files.flatMap(({ name }) => {
      const parts = name.split("/").slice(0, -1);
      return parts.map((_part, at) => parts.slice(0, at + 1).join("/"));
    }),
  );
  return tarArchive([
    entry(folder, "file", owner),
    entry(folder, "folder", owner),
    ...[...inside].map((one) => entry(`${folder}/${one}`, "folder", owner)),
    ...files.map(({ name, content }) => entry(`${folder}/${name}`, "file", owner, { content: Buffer.from(content) })),
  ]);
}

/** The status of an engine's answer that says no; undefined where something else failed. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}
