import { containerName } from "../../settings/names";
import { putFile } from "../hosts/put-file";
import { runInContainer } from "../hosts/run-in-container";
import { messageOf } from "../../settings/user-error";
import { withIsolatedRedis } from "./isolated-redis";
import { redisManifestSchema, type RedisManifest } from "./manifest";
import { compareWithPrimary, JournalPruned, type RedisDifference } from "./redis-difference";
import type { RejoinContext } from "./rejoin-context";
import { salvageFolder } from "./salvage-summary";
import { SERVICES } from "../../settings/services";

type Host = Pick<RejoinContext, "engine" | "host">;

function inRedis({ engine }: Host, script: string, ...words: string[]): Promise<string> {
  return runInContainer(engine.docker, containerName("redis"), ["sh", "-c", script, "sh", ...words]);
}

/** Copies that the boot guard made and no evidence has told of yet, oldest first. */
export async function untoldSalvages(host: Host): Promise<readonly string[]> {
  const script =
    'cd "$1" 2>/dev/null || exit 0; for one in */; do [ -d "$one" ] && [ ! -e "$one/told" ] && echo "${one%/}"; done; :';
  const listed = await inRedis(host, script, `${SERVICES.redis.guardFolder}/salvage`);
  return listed.split("\n").filter((name) => /^[A-Za-z0-9-]+$/.test(name));
}

/** The evidence tells of these salvages now. */
export async function markTold(host: Host, names: readonly string[]): Promise<void> {
  for (const name of names) await inRedis(host, ': > "$1/told"', salvageFolder("redis", name));
}

/**
 * Compares a copy with the primary and writes what only the copy has beside it: `lost-events.jsonl`, then
 * `manifest.json`. A copy that has its manifest is left as it is.
 */
export async function completeSalvage(context: RejoinContext, name: string): Promise<void> {
  const folder = salvageFolder("redis", name);
  if ((await inRedis(context, '[ -e "$1" ] && echo there || :', `${folder}/manifest.json`)) !== "") return;
  context.phase(`${context.host.name}: comparing what Redis had, salvage ${name}, with ${context.peer.name}`);
  const difference = await compareSalvage(context, name);
  const put = (file: string, content: string): Promise<void> =>
    putFile(context.engine.docker, containerName("redis"), `${folder}/${file}`, content);
  if ("lostEvents" in difference) {
    await put("lost-events.jsonl", difference.lostEvents.map((one) => `${JSON.stringify(one)}\n`).join(""));
  }
  const manifest = await describeSalvage(context, name, difference);
  await put("manifest.json", `${JSON.stringify(manifest)}\n`);
  await inRedis(context, "sync");
}

type Compared = RedisDifference | { readonly notListed: string };

async function compareSalvage({ engine, primaryRedis }: RejoinContext, name: string): Promise<Compared> {
  try {
    return await withIsolatedRedis(engine, name, (saved) => compareWithPrimary(saved, primaryRedis));
  } catch (error) {
    // What cannot be loaded stays unknown; anything else is tried again by the next run.
    const unknown = error instanceof JournalPruned || messageOf(error).startsWith("the saved data could not be loaded");
    if (unknown) return { notListed: messageOf(error) };
    throw error;
  }
}

async function describeSalvage(context: RejoinContext, name: string, difference: Compared): Promise<RedisManifest> {
  const script =
    'cd "$1" && find . -type f ! -name manifest.json ! -name told | sort | while read -r file; do ' +
    'printf "%s %s %s\\n" "$(sha256sum "$file" | cut -d " " -f 1)" "$(wc -c <"$file")" "${file#./}"; done';
  const lines = (await inRedis(context, script, salvageFolder("redis", name))).split("\n").filter(Boolean);
  const files = lines.map((line) => {
    const [sha256 = "", bytes = "", ...path] = line.split(" ");
    return { path: path.join(" "), bytes: Number(bytes), sha256 };
  });
  const compared = "lostEvents" in difference ? difference : null;
  return redisManifestSchema.parse({
    version: 1,
    store: "redis",
    host: context.host.name,
    peer: context.peer.name,
    name,
    madeAt: new Date().toISOString(),
    lostEvents: compared?.lostEvents.length ?? null,
    notListed: "notListed" in difference ? difference.notListed : null,
    keys: compared?.keys ?? null,
    sample: compared?.sample ?? null,
    files,
  });
}
