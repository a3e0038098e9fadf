import { createHash } from "node:crypto";
import { containerName, volumeName } from "../../settings/names";
import { SERVICES, type StoreName } from "../../settings/services";
import type { HostEngine } from "../hosts/engine";
import { runInContainer } from "../hosts/run-in-container";
import { parseLostEvents, type PostgresManifest, type RedisManifest } from "./manifest";
import type { SalvageSummary } from "./report";

/** Events that the evidence lists itself; the whole list stays in the salvage. */
export const LISTED_EVENTS = 200;

/** Where a salvage lies in its container. */
export function salvageFolder(store: StoreName, name: string): string {
  return `${SERVICES[store].guardFolder}/salvage/${name}`;
}

/** Reads one salvage of a host: its manifest, its size, and the first of its lost events. */
export async function summariseSalvage<M extends PostgresManifest | RedisManifest>(
  { docker }: HostEngine,
  store: StoreName,
  name: string,
  schema: { parse(value: unknown): M },
): Promise<{ manifest: M; summary: SalvageSummary }> {
  const folder = salvageFolder(store, name);
  const run = (...command: string[]): Promise<string> => runInContainer(docker, containerName(store), command);
  const text = await run("cat", `${folder}/manifest.json`);
  const manifest = schema.parse(JSON.parse(text));
  const listed =
    manifest.lostEvents === null
      ? []
      : parseLostEvents(await run("head", "-n", String(LISTED_EVENTS), `${folder}/lost-events.jsonl`));
  const keptFolder = (await run("sh", "-c", '[ ! -d "$1" ] || echo kept', "sh", `${folder}/pgdata`)) !== "";
  const kib = Number((await run("du", "-sk", folder)).split(/\s/, 1)[0]);
  return {
    manifest,
    summary: {
      volume: volumeName(store),
      folder,
      bytes: kib * 1024,
      files: manifest.files.length + 1,
      keptFolder,
      manifestSha256: createHash("sha256").update(text).digest("hex"),
      lostEvents: manifest.lostEvents,
      notListed: manifest.notListed,
      listed: [...listed],
      listedAll: manifest.lostEvents !== null && listed.length === manifest.lostEvents,
    },
  };
}
