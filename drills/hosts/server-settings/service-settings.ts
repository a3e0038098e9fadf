import type Docker from "dockerode";
import { buffer } from "node:stream/consumers";
import { containerName, filePath } from "../../../settings/names";
import { SETTINGS_FILE } from "../../../settings/server/layers";
import { OTHER_SERVICES, type OtherService } from "../../../settings/services";
import { messageOf } from "../../../settings/user-error";
import { bounded } from "../bounded";
import { readTar } from "../tar";

const ENGINE_MS = 15_000;

/** What its operator has set of each service of a host that is no store, as its container has it. */
export type ServiceTexts = Readonly<Record<OtherService, ServiceText>>;

/** The file's text, null where the container has none, or why nobody knows. */
export type ServiceText = { readonly text: string | null } | { readonly unread: string };

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 404;
}

async function readText(docker: Docker, host: string, service: OtherService, withinMs: number): Promise<ServiceText> {
  try {
    const container = docker.getContainer(containerName(service));
    const archive = container.getArchive({ path: filePath(SETTINGS_FILE) }).then(buffer);
    const [entry] = readTar(await bounded(`${host}: settings of ${service}`, withinMs, archive));
    return { text: entry?.content.toString("utf8") ?? null };
  } catch (error) {
    return isMissing(error) ? { text: null } : { unread: messageOf(error) };
  }
}

/** Reads what the containers of a host have; their images may have no shell, so the engine is asked. Never throws. */
export async function readServiceTexts(docker: Docker, host: string, withinMs = ENGINE_MS): Promise<ServiceTexts> {
  const texts = OTHER_SERVICES.map(
    async (service) => [service, await readText(docker, host, service, withinMs)] as const,
  );
  return Object.fromEntries(await Promise.all(texts)) as Record<OtherService, ServiceText>;
}
