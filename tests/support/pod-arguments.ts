import type { Manifest } from "./kubernetes-schema";

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

interface Container {
  readonly image: string;
  readonly workingDir: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly Mount[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

/** What of a pod is read here. */
export interface PodSpec {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
  readonly containers: readonly [Container];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: object;
    readonly persistentVolumeClaim?: object;
    readonly emptyDir?: object;
  }[];
}

/** The pod of a manifest: its own, that of its job, or that of the jobs that it makes. */
export function podOf({ kind, spec }: Manifest): PodSpec {
  const inside = (node: unknown, ...keys: readonly string[]): unknown =>
    keys.reduce((one, key) => (one as Record<string, unknown>)[key], node);
  const way = { Pod: [], Job: ["template", "spec"], CronJob: ["jobTemplate", "spec", "template", "spec"] }[kind];
  if (way === undefined) throw new Error(`${kind} has no pod`);
  return inside(spec, ...way) as PodSpec;
}

/** Folders of this machine in the place of a pod's secret and of its claim. */
export interface PodFolders {
  readonly secret: string;
  readonly claim: string;
}

/**
 * The words of `docker run` for what a manifest declares of its pod: image, account, mounts, variables, limits and rights.
 * Pure. Of a volume that is neither secret, claim nor empty nothing is known here. @param instead in the place of the command
 */
export function podArguments(pod: PodSpec, folders: PodFolders, instead?: readonly string[]): readonly string[] {
  const { runAsUser, runAsGroup, fsGroup } = pod.securityContext;
  const [one] = pod.containers;
  const rights = one.securityContext;
  const [entry = "", ...words] = instead ?? [...one.command, ...(one.args ?? [])];
  return [
    ...["--user", `${String(runAsUser)}:${String(runAsGroup)}`, "--group-add", String(fsGroup)],
    ...(rights.readOnlyRootFilesystem === true ? ["--read-only"] : []),
    ...(rights.allowPrivilegeEscalation ? [] : ["--security-opt", "no-new-privileges"]),
    ...rights.capabilities.drop.flatMap((name) => ["--cap-drop", name]),
    ...["--memory", one.resources.limits.memory.replace(/i$/, "").toLowerCase(), "--workdir", one.workingDir],
    ...one.env.flatMap(({ name, value }) => ["--env", `${name}=${value}`]),
    ...one.volumeMounts.flatMap((mount) => mounted(mount, pod, folders)),
    ...["--entrypoint", entry, one.image, ...words],
  ];
}

function mounted(
  { name, mountPath, subPath, readOnly }: Mount,
  { volumes }: PodSpec,
  { secret, claim }: PodFolders,
): readonly string[] {
  const volume = volumes.find((one) => one.name === name);
  if (volume?.emptyDir) return ["--tmpfs", `${mountPath}:mode=1777`];
  const from = volume?.secret ? secret : volume?.persistentVolumeClaim ? claim : undefined;
  if (from === undefined) throw new Error(`nothing is known of the volume ${name}`);
  const source = subPath === undefined ? from : `${from}/${subPath}`;
  return ["--volume", `${source}:${mountPath}${readOnly === true ? ":ro" : ""}`];
}
