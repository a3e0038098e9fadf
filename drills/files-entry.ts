import type { FilesWords, Reload } from "../settings/container-files";
import { containerName } from "../settings/names";
import { underEngine } from "./engine/under-engine";
import { bounded } from "./hosts/bounded";
import { connectEngine, type HostEngine } from "./hosts/engine";
import { filesAreThere, writeFiles } from "./hosts/files-volume";
import { runInContainer } from "./hosts/run-in-container";

const RELOAD_MS = 60_000;

/** Puts a container's files into its volume, before there is a container. */
export async function filesEntry(inputs: FilesWords): Promise<FilesWords> {
  await underEngine(() => onEngine(inputs, (engine) => written(engine, inputs)));
  return inputs;
}

/** Puts the new files there and, where the container is not about to be replaced, has it read them. */
export async function filesAnewEntry(olds: FilesWords, inputs: FilesWords): Promise<FilesWords> {
  await underEngine(() =>
    onEngine(inputs, async (engine) => {
      await written(engine, inputs);
      if (inputs.reload !== undefined && !isReplaced(olds, inputs)) await reload(engine, inputs, inputs.reload);
    }),
  );
  return inputs;
}

/** Whether they are still on their host. @throws Error when its engine does not say */
export async function filesAreThereEntry({ host, service }: FilesWords): Promise<boolean> {
  return onEngine({ host }, ({ docker }) => filesAreThere(docker, host.name, service));
}

/** Whether a change replaces the container: of its image, its account, or a setting that is read only at its start. Pure. */
export function isReplaced(olds: Pick<FilesWords, "image" | "user" | "files">, news: typeof olds): boolean {
  const settings = ({ files }: typeof olds): string =>
    JSON.stringify(
      files
        .filter(({ onChange }) => onChange === "replace")
        .map(({ name, content, counted }) => [name, counted ?? content])
        .sort(),
    );
  return olds.image !== news.image || olds.user !== news.user || settings(olds) !== settings(news);
}

async function onEngine<T>({ host }: Pick<FilesWords, "host">, use: (engine: HostEngine) => Promise<T>): Promise<T> {
  const engine = connectEngine(host);
  try {
    return await use(engine);
  } finally {
    engine.close();
  }
}

async function written({ docker }: HostEngine, { host, service, image, user, files }: FilesWords): Promise<void> {
  await writeFiles(docker, host.name, { container: service, image, user, files });
}

/** A container that does not run reads them when it starts. */
async function reload({ docker }: HostEngine, { host, service }: FilesWords, how: Reload): Promise<void> {
  const name = containerName(service);
  const container = docker.getContainer(name);
  try {
    const { State: state } = await bounded(`${host.name}: ${name}`, RELOAD_MS, container.inspect());
    if (!state.Running) return;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return;
    throw error;
  }
  if ("signal" in how) await bounded(`${host.name}: ${name}`, RELOAD_MS, container.kill({ signal: how.signal }));
  else await runInContainer(docker, name, how.command, RELOAD_MS);
}
