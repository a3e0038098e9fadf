import { send, sendJson } from "../../drills/hosts/http";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { WATCHDOG } from "../../settings/alerts";
import { messageOf } from "../../settings/user-error";

const REQUEST_MS = 8000;

/** What is asked of one host's Alertmanager; tests give others. */
export interface SilenceEdges {
  /** @returns the id of the silence that was made */
  readonly make: (host: NamedHost, port: number, silence: object) => Promise<string>;
  readonly end: (host: NamedHost, port: number, id: string) => Promise<void>;
}

const REAL: SilenceEdges = {
  make: async (host, port, json) => {
    const answer = await sendJson({
      host,
      port,
      path: "/api/v2/silences",
      method: "POST",
      json,
      timeoutMs: REQUEST_MS,
    });
    const { silenceID: id } = (answer ?? {}) as { silenceID?: unknown };
    if (typeof id !== "string") throw new Error("its Alertmanager names no silence");
    return id;
  },
  end: async (host, port, id) => {
    await send({
      host,
      port,
      path: `/api/v2/silence/${encodeURIComponent(id)}`,
      method: "DELETE",
      timeoutMs: REQUEST_MS,
    });
  },
};

/**
 * A silence for what a drill of this id is known to set off: every alert but the one that says that somebody watches, and
 * that of the drill's canary. It has an end of its own, so one that is forgotten is no blindness. Pure.
 */
export function silenceOf(drillId: string, begins: Date, minutes: number): object {
  const matcher = (name: string, value: string, isRegex: boolean, isEqual: boolean): object => ({
    ...{ name, value, isRegex, isEqual },
  });
  return {
    matchers: [
      matcher("alertname", ".+", true, true),
      matcher("alertname", WATCHDOG, false, false),
      matcher("understudy_canary", "true", false, false),
    ],
    startsAt: begins.toISOString(),
    endsAt: new Date(begins.getTime() + minutes * 60_000).toISOString(),
    createdBy: "understudy",
    comment: `drill ${drillId}`,
  };
}

/**
 * Silences the pair's alerts at both Alertmanagers, which share their silences only while they gossip.
 * @returns what ends it. Neither throws: a drill does not depend on it, and what went wrong is said
 */
export async function silenceAlerts(
  environment: Environment,
  drillId: string,
  now: Date,
  say: (words: string) => void,
  edges: SilenceEdges = REAL,
): Promise<() => Promise<void>> {
  const minutes = environment.notify?.silence_minutes ?? 0;
  if (minutes === 0) return () => Promise.resolve();
  const port = environment.ports.alertmanager;
  const made = await Promise.all(
    namedHosts(environment).map(async (host) => {
      try {
        return { host, id: await edges.make(host, port, silenceOf(drillId, now, minutes)) };
      } catch (error) {
        say(`alerts of ${host.name} are not silenced: ${messageOf(error)}`);
        return undefined;
      }
    }),
  );
  return async () => {
    await Promise.all(
      made.map(async (one) => {
        if (one === undefined) return;
        await edges.end(one.host, port, one.id).catch((error: unknown) => {
          say(`the silence of ${one.host.name} was not ended, and ends by itself: ${messageOf(error)}`);
        });
      }),
    );
  };
}
