import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { alertmanagerConfig } from "../../components/alertmanager-config";
import { configFile } from "../../components/config-files";
import { pollUntil } from "../../drills/hosts/bounded";
import { sendJson } from "../../drills/hosts/http";
import { silenceAlerts } from "../../operator/notify/silences";
import { notifySchema } from "../../settings/notify-section";
import { freePort } from "../support/free-port";
import { stubReceiver, type StubReceiver } from "../support/stub-receiver";
import { spawnAlertmanager } from "../support/real-alertmanager";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { sampleEnvironment } from "../unit/components/sample";
import { hasEnded } from "../support/has-ended";

const WITHIN = { deadlineMs: 60_000, pauseMs: 200 };

/** What Alertmanager sends to a webhook. */
interface Sent {
  readonly receiver: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

describe("the receivers of a pair, with a real Alertmanager", function () {
  this.timeout(120_000);
  this.slow(20_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let [team, watcher]: StubReceiver[] = [];
  let alertmanager: ChildProcess | undefined;
  let port = 0;
  let said = "";

  const notify = notifySchema.parse({
    receivers: {
      team: { form: "webhook", secret: "teamUrl" },
      watcher: { form: "webhook", secret: "watcherUrl", deadman: true },
    },
  });
  const host = { address: "127.0.0.1" };
  const api = (place: string): Omit<Parameters<typeof sendJson>[0], "json"> => ({
    ...{ host, port, path: `/api/v2${place}`, timeoutMs: 5000 },
  });
  const told = (stub: StubReceiver | undefined): readonly string[] =>
    (stub?.got ?? []).flatMap(({ body }) => (body as Sent).alerts.map(({ labels }) => labels["alertname"] ?? ""));
  const fire = (...names: readonly string[]): Promise<unknown> =>
    sendJson({
      ...api("/alerts"),
      method: "POST",
      json: names.map((alertname) => ({ labels: { alertname, host: "host-b", severity: "critical" } })),
    });

  before(async () => {
    [team, watcher] = [await stubReceiver(), await stubReceiver()];
    const secrets = { team: `${team.url}/team`, watcher: `${watcher.url}/watcher` };
    // A test does not wait as long as a pair does.
    const text = alertmanagerConfig(configFile("alertmanager/alertmanager.yml"), notify, secrets).replaceAll(
      /group_wait: \S+/g,
      "group_wait: 1s",
    );
    const config = path.join(folder(), "alertmanager.yml");
    writeFileSync(config, text);
    port = await freePort();
    const words = [
      ...[`--config.file=${config}`, `--storage.path=${path.join(folder(), "data")}`],
      ...[`--web.listen-address=127.0.0.1:${String(port)}`, "--cluster.listen-address="],
    ];
    const child = spawnAlertmanager(words);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
    child.on("error", (error) => (said += String(error)));
    alertmanager = child;
    const up = await pollUntil(
      () => sendJson(api("/status")).catch(() => null),
      (answer) => answer !== null,
      WITHIN,
    );
    expect(up.reading, said).not.to.equal(null);
  });
  after(async () => {
    const running = alertmanager;
    if (running !== undefined && !hasEnded(running)) {
      const ended = new Promise((resolve) => running.once("close", resolve));
      running.kill("SIGKILL");
      await ended;
    }
    await Promise.all([team?.close(), watcher?.close()]);
  });

  it("an alert reaches the receiver, the Watchdog whoever waits for it, and neither the other", async () => {
    await fire("ServiceDown", "Watchdog");
    await pollUntil(
      () => Promise.resolve([told(team), told(watcher)]),
      (both) => both.every((one) => one.length > 0),
      WITHIN,
    );
    expect([told(team), told(watcher)], said).to.deep.equal([["ServiceDown"], ["Watchdog"]]);
  });

  it("a drill's silence holds alerts back until it is ended, but neither the Watchdog nor the canary", async () => {
    const { "host-a": first } = sampleEnvironment(1).hosts;
    // Without an engine's endpoint the host is this machine.
    const local = { ...first, ...host, docker: undefined } as unknown as typeof first;
    const environment = {
      ...sampleEnvironment(1),
      ...{ notify, hosts: { "host-a": local! } },
      ports: { ...sampleEnvironment(1).ports, alertmanager: port },
    };
    const complaints: string[] = [];
    const end = await silenceAlerts(environment, "d1", new Date(), (words) => complaints.push(words));
    expect(complaints).to.deep.equal([]);
    const states = async (): Promise<Readonly<Record<string, string>>> => {
      const alerts = (await sendJson(api("/alerts"))) as readonly {
        readonly labels: Readonly<Record<string, string>>;
        readonly status: { readonly state: string };
      }[];
      return Object.fromEntries(alerts.map(({ labels, status }) => [labels["alertname"] ?? "", status.state]));
    };
    await sendJson({
      ...api("/alerts"),
      method: "POST",
      json: [{ labels: { alertname: "UnderstudyCanary", understudy_canary: "true", drill: "d1" } }],
    });
    await fire("NothingScraped", "Watchdog");
    const silenced = { NothingScraped: "suppressed", Watchdog: "active", UnderstudyCanary: "active" };
    const { reading } = await pollUntil(states, (now) => now["NothingScraped"] === "suppressed", WITHIN);
    expect(reading, said).to.deep.include(silenced);
    await end();
    expect(complaints).to.deep.equal([]);
    const after = await pollUntil(states, (now) => now["NothingScraped"] === "active", WITHIN);
    expect(after.reading, said).to.deep.include({ NothingScraped: "active" });
  });
});
