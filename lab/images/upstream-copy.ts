import { seconds } from "../host/progress";
import type { RunOptions, RunResult } from "../host/run";
import { upstreamTag, type UpstreamImages, type UpstreamName } from "./upstream";

/** Longest time upstream's registry may take to say that it is there, in milliseconds. */
export const PROBE_TIMEOUT_MS = 2_500;
/** Longest time one image may take, in milliseconds. */
const COPY_TIMEOUT_MS = 600_000;

/** The service whose upstream image is asked for, to see whether upstream's registry answers at all. */
const PROBED: UpstreamName = "redis";

/** Runs a command, and never throws for its exit code. */
export type CommandRunner = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** What is to be copied, and how. */
export interface UpstreamCopy {
  readonly upstream: UpstreamImages;
  readonly services: readonly UpstreamName[];
  /** The lab's registry, `address:port`; it speaks plain HTTP. */
  readonly registry: string;
  readonly run: CommandRunner;
  readonly progress: (line: string) => void;
}

/** A proxy that leads to upstream does not lead to the lab's registry. */
function withoutProxyFor(registry: string): NodeJS.ProcessEnv {
  const others = process.env["NO_PROXY"] ?? process.env["no_proxy"];
  const [address] = registry.split(":", 1);
  return { NO_PROXY: [others, address].filter(Boolean).join(",") };
}

/** Why skopeo failed, in its own words: the message of its last line, which is `time="…" level=fatal msg="…"`. */
export function reasonOf({ code, stderr }: RunResult): string {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  const message = / msg="(.*)"$/.exec(last)?.[1]?.replaceAll('\\"', '"');
  return message ?? (last || `skopeo ended with ${code}`);
}

async function copyOne(service: UpstreamName, copy: UpstreamCopy): Promise<void> {
  const source = copy.upstream[service];
  const target = `${copy.registry}/${service}:${upstreamTag(source)}`;
  copy.progress(`image ${service}: copying ${source} (usually 5 to 60 s)`);
  const began = performance.now();
  const args = ["copy", "--quiet", "--dest-tls-verify=false", `docker://${source}`, `docker://${target}`];
  const options = { timeoutMs: COPY_TIMEOUT_MS, env: withoutProxyFor(copy.registry) };
  const result = await copy.run("skopeo", args, options);
  const took = seconds(performance.now() - began);
  copy.progress(
    result.code === 0
      ? `image ${service}: copied in ${took}`
      : `image ${service}: not copied after ${took}: ${reasonOf(result)}`,
  );
}

/**
 * Copies upstream's images into the lab's registry, one after the other, on the operator's side: the lab's hosts have no
 * route to upstream. Nothing is copied when upstream's registry does not answer at once; an image that cannot be copied
 * is told and left out. What came is in the registry, under `upstreamTag`.
 */
export async function copyFromUpstream(copy: UpstreamCopy): Promise<void> {
  const probe = ["inspect", "--raw", `docker://${copy.upstream[PROBED]}`];
  const answer = await copy.run("skopeo", probe, { timeoutMs: PROBE_TIMEOUT_MS });
  if (answer.code !== 0) {
    copy.progress(`upstream images: no answer for ${copy.upstream[PROBED]}: ${reasonOf(answer)}`);
    return;
  }
  for (const service of copy.services) await copyOne(service, copy);
}
