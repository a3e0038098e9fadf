import type Docker from "dockerode";
import { containerName, volumeName } from "../../settings/names";
import type { StoreName } from "../../settings/services";
import { bounded } from "./bounded";
import { statusOf } from "./files-volume";

const ENGINE_MS = 30_000;
const ANSWER_MS = 60_000;
const PULL_MS = 600_000;

/** What is asked of an image that a store is to be made of. */
export interface ImageQuestion {
  readonly store: StoreName;
  /** As the environment file names it. */
  readonly image: string;
  /** A shell's script; its words follow. */
  readonly script: string;
  readonly words: readonly string[];
  /** Where the store's data are in the container. */
  readonly dataFolder: string;
}

/**
 * Whether a store is about to be made of another image than its container is of. Changes nothing.
 * @returns `same`; `absent` where the host does not have the image yet; `other` where there is no container as well
 * @throws Error of the engine
 */
export async function imageOfStore(
  docker: Docker,
  host: string,
  { store, image }: Pick<ImageQuestion, "store" | "image">,
): Promise<"same" | "other" | "absent"> {
  const asked = <T>(work: Promise<T>): Promise<T | undefined> =>
    bounded(`${host}: image of ${store}`, ENGINE_MS, work).catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw error;
    });
  const [wanted, made] = await Promise.all([
    asked(docker.getImage(image).inspect()),
    asked(docker.getContainer(containerName(store)).inspect()),
  ]);
  if (wanted === undefined) return "absent";
  return wanted.Id === made?.Image ? "same" : "other";
}

/**
 * Fetches an image, as the engine run would do next. The pair is not touched.
 * @throws Error when its registry does not give it to this host, such as one that wants a login
 */
export async function fetchImage(docker: Docker, host: string, image: string): Promise<void> {
  const fetched = docker
    .pull(image)
    .then(
      (stream: NodeJS.ReadableStream) =>
        new Promise<void>((resolve, reject) =>
          docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
        ),
    );
  await bounded(`${host}: ${image}`, PULL_MS, fetched);
}

/**
 * Runs a script in a container of an image, without network and with the store's data read-only, and removes it.
 * @returns what it printed; undefined where the host has no data of the store
 * @throws Error when the image cannot be asked
 */
export async function askImage(docker: Docker, host: string, question: ImageQuestion): Promise<string | undefined> {
  const { store, image, script, words, dataFolder } = question;
  const what = `${host}: ${image}`;
  const asked = <T>(work: Promise<T>): Promise<T> => bounded(what, ENGINE_MS, work);
  // An engine makes a volume that is named and not there.
  const volume = volumeName(store);
  const there = await asked(docker.getVolume(volume).inspect()).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
  if (there === undefined) return undefined;
  const name = `${containerName(store)}-asked`;
  const remove = (): Promise<unknown> =>
    asked(docker.getContainer(name).remove({ force: true, v: true })).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  await remove();
  const container = await asked(
    docker.createContainer({
      name,
      Image: image,
      // The data may be another account's than the image's: they are read as they lie.
      User: "0",
      Entrypoint: ["/bin/sh", "-c", script, "sh"],
      Cmd: [...words],
      Healthcheck: { Test: ["NONE"] },
      Tty: true,
      NetworkDisabled: true,
      Labels: { "understudy.scratch": "asked" },
      HostConfig: {
        NetworkMode: "none",
        Binds: [`${volume}:${dataFolder}:ro`],
        CapDrop: ["ALL"],
        CapAdd: ["DAC_OVERRIDE"],
        SecurityOpt: ["no-new-privileges:true"],
        Memory: 256 * 1024 * 1024,
      },
    }),
  );
  try {
    await asked(container.start());
    await bounded(what, ANSWER_MS, container.wait());
    const said = await asked(container.logs({ stdout: true, stderr: false }));
    return said.toString("utf8").replaceAll("\r", "");
  } finally {
    await remove();
  }
}
