import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { AgentConfig } from "../settings/agent-config";
import { Agent } from "./agent";
import { sentinelServer } from "./sentinel-server";
import { agentServer } from "./server";

/**
 * The program of the container `understudy-agent`: `main.js CONFIG` watches, `main.js --live PORT` is its health check and
 * exits 0 when that answers.
 */
function main(words: readonly string[]): void {
  const [first = "", port = ""] = words;
  if (first === "--live") {
    request({ host: "127.0.0.1", port, path: "/live", timeout: 3000 }, ({ statusCode }) =>
      process.exit(statusCode === 200 ? 0 : 1),
    )
      .on("error", () => process.exit(1))
      .on("timeout", () => process.exit(1))
      .end();
    return;
  }
  const agent = new Agent(JSON.parse(readFileSync(first, "utf8")) as AgentConfig);
  const server = agentServer(agent);
  server.listen(agent.config.port);
  const { sentinel } = agent.config;
  if (sentinel !== null) sentinelServer(sentinel, () => agent.sight()).listen(sentinel.port);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      agent.close();
      process.exit(0);
    });
  }
  void agent.run();
}

main(process.argv.slice(2));
