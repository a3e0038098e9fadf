import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { ofPorts, type CanaryHost } from "../../drills/services/canary/options";

/** How a pair of invented hosts treats what it has acknowledged. */
export interface Misdeeds {
  /** Numbers that are acknowledged and thrown away. */
  readonly drops?: readonly number[];
  /** Numbers that are kept twice. */
  readonly repeats?: readonly number[];
  /** Pages that are sent for one alert. @default 1 */
  readonly pages?: number;
  /** No silence is kept. */
  readonly forgetsSilences?: boolean;
  /** The first silence is kept, and the connection ends before anybody hears of it. */
  readonly silenceUnheard?: boolean;
}

/** Two hosts that share what they keep, as if all data had been carried over; each may be down. */
export interface FakeServices {
  readonly hosts: readonly [CanaryHost, CanaryHost];
  /** From now on host `index` answers everything with 503. */
  setDown(index: 0 | 1, down: boolean): void;
  close(): Promise<void>;
}

interface Kept {
  readonly lines: number[];
  readonly spans: number[];
  readonly dashboards: number[];
  title: string;
  silences: { comment: string }[];
  alerts: number;
  pages: number;
}

/** The span id of an export request with one span; the canary writes the number into it. */
function spanNumber(body: string): number {
  const field = "\x12\x08";
  return Number(Buffer.from(body, "latin1").readBigUInt64BE(body.indexOf(field) + field.length));
}

/** Stands in for Loki, Tempo, Grafana, Alertmanager and Prometheus of two hosts, on loopback. */
export async function fakeServices(misdeeds: Misdeeds = {}): Promise<FakeServices> {
  const kept: Kept = { lines: [], spans: [], dashboards: [], title: "", silences: [], alerts: 0, pages: 0 };
  const down = [false, false];
  const keep = (list: number[], number: number): void => {
    if (misdeeds.drops?.includes(number)) return;
    if (!list.includes(number)) list.push(number, ...(misdeeds.repeats?.includes(number) ? [number] : []));
  };
  let unheard = 0;
  const isFirstSilence = ({ url, method }: IncomingMessage): boolean =>
    url === "/api/v2/silences" && method === "POST" && (unheard += 1) === 1;
  const servers = await Promise.all([0, 1].map((index) => listen(index)));

  async function listen(index: number): Promise<Server> {
    const server = createServer((request, response) => {
      void buffer(request).then((body) => {
        if (down[index]) return response.writeHead(503).end("down");
        const answer = answerTo(request, body.toString("latin1"));
        if (misdeeds.silenceUnheard === true && isFirstSilence(request)) return void request.socket.destroy();
        return response.writeHead(200, { "content-type": "application/json" }).end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  function answerTo({ url = "", method }: IncomingMessage, body: string): string {
    const number = Number(/canary (?:[0-9a-f]{12} )?(\d+)/.exec(body)?.[1]);
    if (url === "/loki/api/v1/push") keep(kept.lines, number);
    if (url === "/v1/traces") keep(kept.spans, spanNumber(body));
    if (url === "/api/dashboards/db") {
      kept.title = /understudy canary [0-9a-f]{12}/.exec(body)?.[0] ?? "";
      keep(kept.dashboards, number);
    }
    if (url === "/api/v2/silences" && method === "POST" && misdeeds.forgetsSilences !== true) {
      kept.silences.push({ comment: (JSON.parse(body) as { comment: string }).comment });
    }
    if (url === "/api/v2/alerts" && method === "POST") {
      kept.alerts = 1;
      kept.pages = misdeeds.pages ?? 1;
    }
    return reading(url);
  }

  function reading(url: string): string {
    if (url.startsWith("/loki/api/v1/query_range")) {
      const values = kept.lines.map((one) => ["1", `canary ${one}`]);
      return JSON.stringify({ data: { result: [{ values }] } });
    }
    if (url.startsWith("/api/traces/")) {
      return JSON.stringify({ batches: kept.spans.map((one) => ({ spanId: String(one), name: `canary ${one}` })) });
    }
    if (url.startsWith("/api/search")) {
      return JSON.stringify(kept.dashboards.map((one) => ({ title: `${kept.title} ${one}` })));
    }
    if (url === "/api/v2/silences") {
      return JSON.stringify(kept.silences.map((one) => ({ ...one, status: { state: "active" } })));
    }
    if (url.startsWith("/api/v2/alerts")) return JSON.stringify(Array(kept.alerts).fill({}));
    if (url === "/metrics") {
      // Both hosts' counters are added up: half of the pages at each.
      return `prometheus_http_requests_total{code="200",handler="/api/v1/format_query"} ${kept.pages / 2}\n`;
    }
    if (url === "/api/v1/status/config") return JSON.stringify({ data: { yaml: "global:\n  scrape_interval: 15s\n" } });
    const now = Date.now() / 1000;
    const values = [-31, -16, -1].map((ago) => [now + ago, "1"]);
    return JSON.stringify({ data: { result: [{ metric: { host: "host-a", service: "loki" }, values }] } });
  }

  const hostOf = (server: Server, name: string): CanaryHost => {
    const { port } = server.address() as AddressInfo;
    return { name, address: "127.0.0.1", ports: ofPorts(() => port) };
  };
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new Error("no servers");
  return {
    hosts: [hostOf(first, "host-a"), hostOf(second, "host-b")],
    setDown: (index, isDown) => void (down[index] = isDown),
    close: async () => {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      );
    },
  };
}
