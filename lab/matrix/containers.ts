import { attempt } from "../host/run";
import { LAB_HOSTS } from "../host/layout";
import { LABELS } from "../../settings/names";

/** Ids of the product's containers, by host and name; a host whose engine does not answer has none. */
export type Containers = ReadonlyMap<string, string>;

const ENGINE_MS = 5_000;

/** Reads both hosts' engines. Never throws. */
export async function readContainers(): Promise<Containers> {
  const lists = LAB_HOSTS.map(async (host) => {
    const words = [
      "ps",
      "-a",
      "--no-trunc",
      "--filter",
      `label=${LABELS.host}=${host.name}`,
      "--format",
      "{{.Names}} {{.ID}}",
    ];
    const { code, stdout } = await attempt("docker", ["-H", `unix://${host.socket}`, ...words], {
      timeoutMs: ENGINE_MS,
    });
    const lines = code === 0 ? stdout.trim().split("\n").filter(Boolean) : [];
    return lines.map((line): [string, string] => {
      const [name = "", id = ""] = line.split(" ");
      return [`${name} of ${host.name}`, id];
    });
  });
  return new Map((await Promise.all(lists)).flat());
}

/** Those that are there under another id than before; one that is not there now, or was not before, is none. Pure. */
export function replacedSince(before: Containers, now: Containers): readonly string[] {
  return [...before].flatMap(([name, id]) => ((now.get(name) ?? id) === id ? [] : [name]));
}
