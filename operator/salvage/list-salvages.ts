import path from "node:path";
import type { HostEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { describeContent } from "../../drills/rejoin/diverged";
import { type PostgresManifest, postgresManifestSchema, redisManifestSchema } from "../../drills/rejoin/manifest";
import { containerName } from "../../settings/names";
import { SERVICES, STORE_NAMES, type StoreName } from "../../settings/services";

/** Data that a store of a host had, kept beside what it has now. */
export interface Salvage {
  readonly store: StoreName;
  readonly name: string;
  /** Where it lies in the store's container. */
  readonly folder: string;
  /** The PostgreSQL data folder in it, or the folder with the Redis files; null when a server cannot be started on it. */
  readonly data: string | null;
  readonly bytes: number;
  /** When it was made. */
  readonly at: string;
  /** What is in it, in words. */
  readonly holds: string;
}

/** Measuring a large folder reads each of its names. */
const LIST_MS = 120_000;

/** NAME, KiB, epoch second, whether data are in it, and the manifest, of each salvage and of each restore's former data. */
const SCRIPT = `cd "$1" || exit 0
for one in salvage/* ../.understudy-before*; do
  case $one in *.partial | *'*') continue ;; esac
  [ -d "$one" ] || continue
  data=
  for inner in "$one/pgdata" "$one"; do
    [ ! -s "$inner/PG_VERSION" ] && [ ! -d "$inner/appendonlydir" ] && [ ! -f "$inner/dump.rdb" ] || { data=$inner; break; }
  done
  printf '%s\\t%s\\t%s\\t%s\\t' "$one" "$(du -sk "$one" | cut -f 1)" "$(stat -c %Y "$one")" "$data"
  [ ! -f "$one/manifest.json" ] || tr -d '\\n\\t' <"$one/manifest.json"
  echo
done`;

/** Every salvage of a host, oldest first. @throws Error when the container of a store does not run */
export async function listSalvages(engine: HostEngine, timeoutMs = LIST_MS): Promise<readonly Salvage[]> {
  const all = await Promise.all(
    STORE_NAMES.map(async (store) => {
      const root = SERVICES[store].guardFolder;
      const words = ["sh", "-c", SCRIPT, "sh", root];
      return parseSalvages(store, root, await runInContainer(engine.docker, containerName(store), words, timeoutMs));
    }),
  );
  return all.flat().sort((one, other) => one.at.localeCompare(other.at));
}

/** Reads what the script in the store's container printed. */
export function parseSalvages(store: StoreName, root: string, text: string): readonly Salvage[] {
  return text
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [one = "", kib = "", second = "", data = "", manifest = ""] = line.split("\t");
      const told = one.startsWith("..") ? null : readManifest(store, manifest);
      return {
        store,
        name: path.posix.basename(one),
        folder: path.posix.join(root, one),
        data: data === "" ? null : path.posix.join(root, data),
        bytes: Number(kib) * 1024,
        at: told?.madeAt ?? new Date(Number(second) * 1000).toISOString(),
        holds: one.startsWith("..") ? "what a restore into service replaced" : holds(store, data !== "", told),
      };
    });
}

type Told = Pick<PostgresManifest, "madeAt" | "lostEvents" | "diverged">;

/** Null where there is none, or one of another version. */
function readManifest(store: StoreName, text: string): Told | null {
  try {
    const value: unknown = JSON.parse(text);
    return store === "redis" ? redisManifestSchema.parse(value) : postgresManifestSchema.parse(value);
  } catch {
    return null;
  }
}

function holds(store: StoreName, data: boolean, told: Told | null): string {
  const what = data ? (store === "redis" ? "its files" : "the data folder, whole") : "WAL and our own events";
  if (told === null) return `${what}; not compared with the primary`;
  const { lostEvents, diverged } = told;
  const events = lostEvents === null ? "our own events not listed" : `${lostEvents} of our own events`;
  return [what, ...(diverged === undefined ? [] : [describeContent(diverged)]), events].join("; ");
}
