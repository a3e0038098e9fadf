import { clientFigures } from "../../evidence/client-figures";
import type { ClientLoad, ClientSamples, ClientsEvidence, StatementEnd } from "../../evidence/client-loads";
import type { StoreName } from "../../settings/services";

/** How the clients of one load fared in an invented drill; times in milliseconds after the drill began. */
export interface ClientStory {
  readonly driver: string;
  readonly store: StoreName;
  readonly clients: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly everyMs: number;
  /** Statements that begin in this time end in an error. */
  readonly closedMs: readonly [number, number];
  readonly error: { readonly end: Exclude<StatementEnd, "a">; readonly code: string };
}

/** A load with figures that its samples give. */
export function clientLoad({ closedMs: [from, to], error, ...story }: ClientStory): ClientLoad {
  const samples: ClientSamples = { client: [], startMs: [], endMs: [], end: [], errors: [], resent: [] };
  for (let at = story.startMs; at < story.endMs - story.everyMs; at += story.everyMs) {
    for (let client = 0; client < story.clients; client += 1) {
      const startMs = at + client * 0.25;
      const fails = startMs >= from && startMs < to;
      if (fails) samples.errors.push({ at: samples.end.length, code: error.code });
      samples.client.push(client);
      samples.startMs.push(startMs);
      samples.endMs.push(startMs + 1 + client * 0.5);
      samples.end.push(fails ? error.end : "a");
    }
  }
  return {
    ...{ driver: story.driver, version: "1.2.3 on node 22", store: story.store, route: "direct", resends: "off" },
    ...{ clients: story.clients, intervalMs: story.everyMs, startedAtMs: story.startMs, finishedAtMs: story.endMs },
    samples,
    ...clientFigures(samples),
  };
}

/** Two drivers, one at each store: of PostgreSQL some statements failed and some were ended, of Redis none. */
export function validClients(): ClientsEvidence {
  const story = { clients: 2, startMs: 600, endMs: 3400, everyMs: 40 } as const;
  const error = { end: "f", code: "ECONNREFUSED" } as const;
  return {
    loads: [
      clientLoad({ ...story, driver: "node-postgres", store: "timescaledb", closedMs: [1800, 1980], error }),
      clientLoad({ ...story, driver: "node-redis", store: "redis", closedMs: [0, 0], error }),
    ],
    notTried: [{ driver: "psycopg2", reason: "python3-psycopg2 is not installed" }],
  };
}
