import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parse, stringify } from "yaml";
import { exposition } from "../../agent/exposition";
import { metrics } from "../../agent/metrics";
import type { Sight } from "../../agent/sight";
import { alertmanagerConfig } from "../../components/alertmanager-config";
import { configFile } from "../../components/config-files";
import { notifySchema } from "../../settings/notify-section";
import { freePort } from "./free-port";
import { spawnAlertmanager } from "./real-alertmanager";
import { stubReceiver, type StubReceiver } from "./stub-receiver";
import { hasEnded } from "./has-ended";

/** What the two hosts of a pair give to be scraped. */
export interface PairSeries {
  /** What each host's agent knows at a moment. */
  agent(host: string, nowMs: number): Sight;
  /** Metrics of a service beside `up`. */
  text(host: string, service: string): string;
  /** Whether it does not answer at all. */
  silent(host: string, service: string): boolean;
}

interface PrometheusConfig {
  scrape_configs: {
    job_name: string;
    static_configs: { targets: string[]; labels: Record<string, string> }[];
  }[];
  alerting: { alertmanagers: unknown };
}

/** What a webhook of Alertmanager has got: each alert once it was told of, and when. */
export interface ToldAlert {
  readonly name: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A Prometheus and an Alertmanager with the configuration and the rules that a pair gets, unchanged but for addresses, and
 * a receiver. What they scrape is the real exposition of agents whose sights a test makes up.
 */
export class WatchedPair {
  readonly told: (ToldAlert & { readonly atMs: number })[] = [];
  series: PairSeries;
  readonly #children: ChildProcess[] = [];
  #exporter: Server | undefined;
  #stub: StubReceiver | undefined;
  #said = "";

  constructor(
    private readonly folder: string,
    series: PairSeries,
    private readonly files: Readonly<Record<string, string>>,
  ) {
    this.series = series;
  }

  /** Starts all three, and waits until every target was scraped. @param prometheusPort asked whether it is ready */
  async start(): Promise<void> {
    mkdirSync(path.join(this.folder, "rules"), { recursive: true });
    const port = await this.#listen();
    this.#stub = await stubReceiver();
    const [own, alertmanager] = [await freePort(), await freePort()];
    this.#write("alertmanager.yml", this.#alertmanagerConfig(`${this.#stub.url}/team`));
    for (const rules of ["understudy", "agent"])
      this.#write(`rules/${rules}.yml`, readFileSync(`configs/prometheus/rules/${rules}.yml`, "utf8"));
    this.#write("prometheus.yml", this.#prometheusConfig(port, alertmanager));
    this.#keep(
      spawnAlertmanager([
        ...[`--config.file=${this.#at("alertmanager.yml")}`, `--storage.path=${this.#at("alertmanager")}`],
        ...[`--web.listen-address=127.0.0.1:${String(alertmanager)}`, "--cluster.listen-address="],
      ]),
    );
    this.#keep(
      spawn("prometheus", [
        ...[`--config.file=${this.#at("prometheus.yml")}`, `--storage.tsdb.path=${this.#at("data")}`],
        ...[`--web.listen-address=127.0.0.1:${String(own)}`],
      ]),
    );
  }

  /** Gives Prometheus a configuration without a single target of the pair. */
  loseTargets(): void {
    const config = parse(readFileSync(this.#at("prometheus.yml"), "utf8")) as PrometheusConfig;
    for (const job of config.scrape_configs) job.static_configs = [];
    this.#write("prometheus.yml", stringify(config));
    this.#children.at(-1)?.kill("SIGHUP");
  }

  /** Takes in what the receiver has got since it was last asked. */
  hear(): readonly (ToldAlert & { readonly atMs: number })[] {
    for (const { body } of this.#stub?.got.splice(0) ?? [])
      for (const { labels, status } of (body as { alerts: { labels: Record<string, string>; status: string }[] })
        .alerts) {
        const name = labels["alertname"] ?? "";
        if (status === "firing") this.told.push({ name, severity: labels["severity"] ?? "", labels, atMs: Date.now() });
      }
    return this.told;
  }

  /** What the programs said, for a failure. */
  get words(): string {
    return this.#said.slice(-4000);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      const ended = new Promise((resolve) => child.once("close", resolve));
      if (hasEnded(child)) continue;
      child.kill("SIGKILL");
      await ended;
    }
    this.#exporter?.closeAllConnections();
    this.#exporter?.close();
    await this.#stub?.close();
  }

  #at(name: string): string {
    return path.join(this.folder, name);
  }

  #write(name: string, text: string): void {
    writeFileSync(this.#at(name), text);
  }

  #keep(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (chunk: string) => (this.#said += chunk));
    child.on("error", (error) => (this.#said += String(error)));
    this.#children.push(child);
  }

  #listen(): Promise<number> {
    const held: ServerResponse[] = [];
    const server = createServer((request, response) => {
      const [, host = "", service = ""] = (request.url ?? "").split("/");
      // Who is gone answers nothing, rather than an error: the scrape has to run into its bound.
      if (this.series.silent(host, service)) return void held.push(response);
      const now = Date.now();
      const peer = { host: "other", url: "http://other/" };
      const own =
        service === "agent"
          ? exposition(
              metrics(
                this.series.agent(host, now),
                { peer, lagObjectiveBytes: 16_777_216, environment: "lab", host },
                now,
              ),
            )
          : this.series.text(host, service);
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(own);
    });
    this.#exporter = server;
    return new Promise((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
    );
  }

  #alertmanagerConfig(url: string): string {
    const notify = notifySchema.parse({ receivers: { team: { form: "webhook", secret: "teamUrl" } } });
    return alertmanagerConfig(configFile("alertmanager/alertmanager.yml"), notify, { team: url });
  }

  #prometheusConfig(port: number, alertmanager: number): string {
    const config = parse(this.files["prometheus.yml"] ?? "") as PrometheusConfig;
    config.alerting.alertmanagers = [{ static_configs: [{ targets: [`127.0.0.1:${String(alertmanager)}`] }] }];
    for (const { static_configs: all } of config.scrape_configs)
      for (const one of all) {
        const { host = "", service = "" } = one.labels;
        one.targets = [`127.0.0.1:${String(port)}`];
        Object.assign(one.labels, { instance: `${host}-${service}`, __metrics_path__: `/${host}/${service}` });
      }
    return stringify(config);
  }
}
