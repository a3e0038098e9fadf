import { DOOR_CONTAINERS, EXPORTER_NAMES } from "../../../settings/services";
import { judged, type JudgedAim } from "../aims";

/** Counters of one container's control group at a moment, as the engine reads them. */
export interface Counters {
  readonly atMs: number;
  /** Time of one core since the container was started, nanoseconds; null where the engine has none. */
  readonly cpuNs: number | null;
  /** Memory without what the page cache would give back at once, bytes; null where the engine has none. */
  readonly memoryBytes: number | null;
}

/** What one container costs on an idle host. */
export interface IdleContainer {
  readonly host: string;
  readonly container: string;
  /** `watcher`: agent, exporters, Collector; `door`: what leads clients. */
  readonly kind: "watcher" | "door";
  readonly seconds: number;
  /** Of one core, percent. */
  readonly cpuPercent: number | null;
  readonly memoryMib: number | null;
}

/** Aims for all that watches one host, on an idle one. */
export const IDLE_AIMS = { cpuPercent: 5, memoryMib: 300 } as const;

const MIB = 1024 * 1024;
const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** What the engine's `stats` say. Counters that are not there are unknown, not zero. */
export function countersOf(stats: unknown): Counters {
  const { read, cpu_stats, memory_stats } = stats as {
    readonly read?: string;
    readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
    readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
  };
  const usage = memory_stats?.usage;
  const cache = memory_stats?.stats?.["total_inactive_file"] ?? memory_stats?.stats?.["inactive_file"] ?? 0;
  const total = cpu_stats?.cpu_usage?.total_usage;
  return {
    atMs: Date.parse(read ?? ""),
    cpuNs: total === undefined || total === 0 ? null : total,
    memoryBytes: usage === undefined || usage === 0 ? null : Math.max(0, usage - cache),
  };
}

/** What a container cost between two readings of its counters. */
export function idleOf(host: string, container: string, from: Counters, to: Counters): IdleContainer {
  const elapsedMs = to.atMs - from.atMs;
  const cpu = from.cpuNs === null || to.cpuNs === null || !(elapsedMs > 0) ? null : to.cpuNs - from.cpuNs;
  return {
    ...{ host, container, kind: (DOOR_CONTAINERS as readonly string[]).includes(container) ? "door" : "watcher" },
    seconds: Math.round(elapsedMs / 100) / 10,
    cpuPercent: cpu === null || cpu < 0 ? null : hundredth((100 * cpu) / (elapsedMs * 1e6)),
    memoryMib: to.memoryBytes === null ? null : hundredth(to.memoryBytes / MIB),
  };
}

/** What all containers of a kind cost on the dearest host; null where one of them is unknown, or there is none. */
export function dearest(
  idle: readonly IdleContainer[],
  kind: IdleContainer["kind"],
  of: "cpuPercent" | "memoryMib",
): number | null {
  const hosts = [...new Set(idle.map(({ host }) => host))];
  const sums = hosts.flatMap((host) => {
    const own = idle.filter((one) => one.host === host && one.kind === kind);
    return own.length === 0
      ? []
      : [own.reduce<number | null>((sum, one) => (sum === null || one[of] === null ? null : sum + one[of]), 0)];
  });
  if (sums.length === 0 || sums.includes(null)) return null;
  return hundredth(Math.max(...sums.filter((one) => one !== null)));
}

/** All that the aims are for. */
const WATCHERS = ["agent", ...EXPORTER_NAMES, "collector"] as const;

/** What watches and was not measured on some host, by container; everything where no host was measured. */
function missing(idle: readonly IdleContainer[]): readonly string[] {
  const hosts = [...new Set(idle.map(({ host }) => host))];
  return WATCHERS.filter(
    (name) =>
      hosts.length === 0 || !hosts.every((host) => idle.some((one) => one.host === host && one.container === name)),
  );
}

/** Holds what watches a host against the aims; unknown where a part of it was not there. Doors have none: they are said beside it. */
export function judgeIdle(idle: readonly IdleContainer[]): readonly JudgedAim[] {
  const unknown = missing(idle).length;
  const aim = (name: string, of: "cpuPercent" | "memoryMib"): JudgedAim =>
    judged(name, "count", IDLE_AIMS[of], { measured: dearest(idle, "watcher", of), unknown });
  return [
    aim("agent, exporters and Collector on an idle host, percent of one core", "cpuPercent"),
    aim("agent, exporters and Collector on an idle host, MiB", "memoryMib"),
  ];
}

/** Which parts of what watches the sums are without. */
export function missingText(idle: readonly IdleContainer[]): readonly string[] {
  const names = missing(idle);
  return names.length === 0 ? [] : [`  not measured, so no aim is judged: ${names.join(", ")}`];
}

const figure = (value: number | null, unit: string): string =>
  value === null ? "unknown" : `${value.toFixed(2)}${unit}`;

/** Each container, and each kind on its dearest host, for a person. */
export function idleText(idle: readonly IdleContainer[]): readonly string[] {
  const sum = (kind: IdleContainer["kind"]): string =>
    `  idle, all of kind ${kind} on the dearest host: ${figure(dearest(idle, kind, "cpuPercent"), " %")} of one core, ${figure(dearest(idle, kind, "memoryMib"), " MiB")}`;
  return [
    ...idle.map(
      ({ host, container, seconds, cpuPercent, memoryMib }) =>
        `  idle, ${host}, ${container}: ${figure(cpuPercent, " %")} of one core over ${seconds} s, ${figure(memoryMib, " MiB")}`,
    ),
    ...(["watcher", "door"] as const).filter((kind) => idle.some((one) => one.kind === kind)).map(sum),
  ];
}
