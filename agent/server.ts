import { createServer, type Server, type ServerResponse } from "node:http";
import { PEER_PATH } from "../settings/agent-config";
import type { Agent } from "./agent";
import { exposition } from "./exposition";
import { judgeHealth, judgePrimary, judgeReplica, parseBytes, storesAsked, type Judgement } from "./judge";
import { metrics } from "./metrics";

/** The content type of Prometheus' text format. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}

function judged(response: ServerResponse, store: string, { status, reason }: Judgement): void {
  send(response, status, "application/json", `${JSON.stringify({ store, reason })}\n`);
}

function bad(response: ServerResponse, why: string): void {
  send(response, 400, "application/json", `${JSON.stringify({ error: why })}\n`);
}

/** What a question of a load balancer is answered. */
function answer(agent: Agent, url: URL, response: ServerResponse): void {
  const now = Date.now();
  const asked = url.searchParams.get("store");
  const stores = storesAsked(asked);
  if (stores === undefined) return bad(response, "store: timescaledb or redis");
  // As Patroni's, which has no other store: PostgreSQL, unless another one is named.
  const store = asked === null ? "timescaledb" : (stores[0] ?? "timescaledb");
  switch (url.pathname) {
    case "/primary":
      return judged(response, store, judgePrimary(agent.sight(), store, now));
    case "/replica": {
      const text = url.searchParams.get("lag");
      const lag = text === null ? null : parseBytes(text);
      if (lag === undefined) return bad(response, "lag: bytes, or an amount such as 16MB");
      return judged(response, store, judgeReplica(agent.sight(), store, lag, now));
    }
    case "/health":
      return judged(response, stores.join(","), judgeHealth(agent.sight(), stores, now));
    default:
      return send(response, 404, "application/json", `${JSON.stringify({ error: "no such path" })}\n`);
  }
}

/** The agent's answers over HTTP: reading alone, and nothing of it is secret. It does not listen yet. */
export function agentServer(agent: Agent): Server {
  const server = createServer((request, response) => {
    // HAProxy asks by OPTIONS unless it is told otherwise, and others by HEAD.
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method ?? "")) {
      response.setHeader("allow", "GET, HEAD, OPTIONS");
      return send(response, 405, "application/json", `${JSON.stringify({ error: "only reading" })}\n`);
    }
    let url: URL;
    try {
      url = new URL(request.url ?? "/", "http://agent");
    } catch {
      return bad(response, "no such path");
    }
    switch (url.pathname) {
      case "/metrics":
        return send(response, 200, METRICS_TYPE, exposition(metrics(agent.sight(), agent.config, Date.now())));
      case "/live":
        return send(response, 200, "application/json", "{}\n");
      case PEER_PATH:
        return send(response, 200, "application/json", `${JSON.stringify(agent.words(Date.now()))}\n`);
      default:
        return answer(agent, url, response);
    }
  });
  server.requestTimeout = 5000;
  server.headersTimeout = 5000;
  server.maxConnections = 64;
  return server;
}
