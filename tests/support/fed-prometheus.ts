import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { sendJson } from "../../drills/hosts/http";
import { freePort } from "./free-port";
import { hasEnded } from "./has-ended";

/** What one target answers; asked anew at each scrape, with how often it was asked before. */
export interface FedTarget {
  readonly job: string;
  readonly host: string;
  readonly service: string;
  readonly text: (turn: number) => string;
}

/** One series of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
}

/** A real Prometheus that scrapes every 2 s what a test says, and itself. */
export class FedPrometheus {
  private constructor(
    private readonly feeder: Server,
    private readonly process: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(folder: string, targets: readonly FedTarget[]): Promise<FedPrometheus> {
    const turns = targets.map(() => 0);
    const feeder = createServer((request, response) => {
      const at = Number(request.url?.slice(1));
      const turn = turns[at] ?? 0;
      turns[at] = turn + 1;
      response.setHeader("content-type", "text/plain").end(targets[at]?.text(turn) ?? "");
    });
    await new Promise<void>((resolve) => feeder.listen(0, "127.0.0.1", resolve));
    const own = await freePort();
    const fed = `127.0.0.1:${String((feeder.address() as AddressInfo).port)}`;
    const config = {
      global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "1s" },
      scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
        job_name: job,
        static_configs: targets.flatMap((one, at) =>
          one.job === job
            ? [
                {
                  targets: [fed],
                  labels: {
                    ...{ host: one.host, service: one.service, __metrics_path__: `/${String(at)}` },
                    instance: `${one.host}:${one.service}`,
                  },
                },
              ]
            : [],
        ),
      })),
    };
    const self = { targets: [`127.0.0.1:${String(own)}`], labels: { host: "host-a", service: "prometheus" } };
    config.scrape_configs.push({ job_name: "self", static_configs: [self] } as never);
    const file = path.join(folder, "prometheus.yml");
    writeFileSync(file, JSON.stringify(config));
    const words = [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${path.join(folder, "tsdb")}`],
      `--web.listen-address=127.0.0.1:${String(own)}`,
    ];
    const process = spawn("prometheus", words, { stdio: "ignore" });
    return new FedPrometheus(feeder, process, own);
  }

  /** The series that a query gives now. @throws Error with its words, where Prometheus does not understand it */
  async query(asked: string): Promise<readonly Series[]> {
    const answer = await sendJson({
      ...{ host: { address: "127.0.0.1" }, port: this.port, timeoutMs: 5000 },
      path: `/api/v1/query?${new URLSearchParams({ query: asked }).toString()}`,
    });
    return (answer as { data: { result: readonly Series[] } }).data.result;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("close", resolve));
    if (!hasEnded(this.process)) {
      this.process.kill("SIGKILL");
      await ended;
    }
    this.feeder.closeAllConnections();
    await new Promise((resolve) => this.feeder.close(resolve));
  }
}
