import type { ClientLoad } from "./client-loads";

/** What is wrong with a load's samples: path below the load, value, and what it should be. */
export interface ClientLoadFault {
  readonly key: string;
  readonly value: string | number;
  readonly limit: string;
}

/**
 * What is wrong with the samples of a load: arrays of unequal length, a time outside the load's own, a client with two
 * statements at once (so one is counted twice), an error without its reason or a reason without its error. The first
 * fault of each kind; none where they are sound.
 */
export function clientLoadFaults(load: ClientLoad): readonly ClientLoadFault[] {
  const { samples } = load;
  const length = samples.client.length;
  for (const name of ["startMs", "endMs", "end"] as const) {
    if (samples[name].length === length) continue;
    const limit = `${length} entries, as samples.client`;
    return [{ key: `samples.${name}`, value: `${samples[name].length} entries`, limit }];
  }
  return [...timeFaults(load), ...errorFaults(load), ...resentFaults(load)];
}

function timeFaults({ samples, clients, startedAtMs, finishedAtMs }: ClientLoad): ClientLoadFault[] {
  const busyUntil = new Map<number, number>();
  let begun = startedAtMs;
  for (const [at, client] of samples.client.entries()) {
    const [startMs, endMs] = [samples.startMs[at] ?? Number.NaN, samples.endMs[at] ?? Number.NaN];
    const free = busyUntil.get(client) ?? startedAtMs;
    const fault = (name: string, value: number, limit: string): ClientLoadFault[] => [
      { key: `samples.${name}[${at}]`, value, limit },
    ];
    if (client >= clients) return fault("client", client, `0 to ${clients - 1}`);
    if (!(startMs >= begun)) return fault("startMs", startMs, `at least ${begun}, when the one before began`);
    if (!(startMs >= free)) return fault("startMs", startMs, `at least ${free}, when client ${client} was free again`);
    if (!(endMs >= startMs && endMs <= finishedAtMs)) return fault("endMs", endMs, `${startMs} to ${finishedAtMs}`);
    busyUntil.set(client, endMs);
    begun = startMs;
  }
  return [];
}

function errorFaults({ samples }: ClientLoad): ClientLoadFault[] {
  const failed = [...samples.end.keys()].filter((at) => samples.end[at] !== "a");
  const told = samples.errors.map(({ at }) => at);
  const differs = [...failed, ...told].findIndex((_, index) => failed[index] !== told[index]);
  if (differs < 0) return [];
  const value = told[differs] ?? "missing";
  return [
    { key: `samples.errors[${differs}].at`, value, limit: `${failed[differs] ?? "none"}, as samples.end has it` },
  ];
}

function resentFaults({ samples, resends }: ClientLoad): ClientLoadFault[] {
  if (resends === "off" && samples.resent.length > 0) {
    return [{ key: "samples.resent", value: samples.resent.length, limit: "none: the driver's own resends are off" }];
  }
  let before = -1;
  for (const [index, { at }] of samples.resent.entries()) {
    if (at <= before || at >= samples.end.length) {
      const limit = `${before + 1} to ${samples.end.length - 1}, each statement once`;
      return [{ key: `samples.resent[${index}].at`, value: at, limit }];
    }
    before = at;
  }
  return [];
}
