import { readFileSync } from "node:fs";
import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import * as YAML from "yaml";
import { declareService, ownVolumes } from "./declared-service";
import { Alertmanager } from "../../../components/alertmanager";
import { withOverlay } from "../../../components/alertmanager-config";
import { bundleFrom } from "../../support/issued";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { Encryption } from "../../../settings/encryption";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";

const declared = (hosts: 1 | 2 = 2): ReturnType<typeof declareService> =>
  declareService(
    "alertmanager",
    (args) => new Alertmanager("svc", args),
    () => sampleArgs(sampleEnvironment(hosts), "alertmanager"),
  );

const WEB = publishedOn(9093, 19093);

describe("Alertmanager", () => {
  it("gossips with the peer over tcp and udp", async () => {
    const { component, container } = await declared();
    expect(component.type).to.equal("understudy:index:Alertmanager");
    expect(container.inputs).to.deep.include({
      user: "nobody",
      command: [
        "--config.file=/understudy/files/current/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--cluster.listen-address=0.0.0.0:9094",
        "--cluster.advertise-address=203.0.113.1:19094",
        "--cluster.peer=203.0.113.2:19094",
        "--cluster.pushpull-interval=10s",
      ],
      volumes: ownVolumes("alertmanager", "/alertmanager"),
      ports: [...WEB, ...publishedOn(9094, 19094), ...publishedOn(9094, 19094, "udp")],
      wait: true,
    });
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9093/-/ready"],
    });
  });

  it("gossips over TLS where the pair encrypts: over tcp alone, with certificates that it reads by its files", async () => {
    const environment = sampleEnvironment(2);
    const certificates = await bundleFrom(environment, "host-a", await makeAuthority("sample", Date.now()), Date.now());
    const made = (encryption?: Encryption): ReturnType<typeof declareService> =>
      declareService(
        "alertmanager",
        (args) => new Alertmanager("svc", { ...args, certificates }),
        () => sampleArgs(sampleEnvironment(2, encryption === undefined ? {} : { encryption }), "alertmanager"),
      );
    const flag = "--cluster.tls-config=/understudy/files/current/gossip/tls.yml";
    const { container, files } = await made();
    expect(container.inputs["command"]).to.include(flag);
    expect(container.inputs["ports"]).to.deep.equal([...WEB, ...publishedOn(9094, 19094)]);
    const config: unknown = YAML.parse(files["/understudy/files/current/gossip/tls.yml"] ?? "");
    expect(config).to.have.nested.property("tls_server_config.client_auth_type", "RequireAndVerifyClientCert");
    for (const file of Object.values((config as { tls_client_config: Record<string, string> }).tls_client_config))
      expect(files, file).to.have.property(file);
    for (const mode of ["plain", "accepted"] as const)
      expect((await made(mode)).container.inputs["command"]).to.not.include(flag);
  });

  it("writes its silences out every few seconds where they are backed up", async () => {
    const environment = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
    const { container } = await declareService(
      "alertmanager",
      (args) => new Alertmanager("svc", args),
      () => sampleArgs(environment, "alertmanager"),
    );
    expect(container.inputs["command"]).to.include("--data.maintenance-interval=15s");
  });

  it("has the operator's receivers behind its own, their secrets filled in and the canary's route still first", async () => {
    const alerts = {
      ...{ receiver: "pager", routes: [{ receiver: "pager" }] },
      receivers: [{ name: "pager", webhook_configs: [{ url: "https://x/${secret:pagerKey}" }] }],
    };
    const { files } = await declareService(
      "alertmanager",
      (args) => new Alertmanager("svc", args),
      () => ({
        ...sampleArgs(sampleEnvironment(2), "alertmanager"),
        overlays: { alerts, rules: [], jobs: [], hba: [], dashboards: [] },
        overlaySecrets: pulumi.secret({ pagerKey: "k: 1" } as Record<string, string>),
      }),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect(config).to.have.nested.property("route.receiver", "pager");
    expect(config).to.have.nested.property("route.routes[0].receiver", "understudy-canary");
    const { route, receivers } = config as {
      route: { routes: readonly { receiver: string; matchers?: readonly string[] }[] };
      receivers: readonly { name: string; webhook_configs?: readonly { url: string }[] }[];
    };
    expect(route.routes.at(-2)?.receiver).to.equal("pager");
    expect(route.routes.at(-1)).to.deep.include({ receiver: "pager", matchers: ['severity="critical"'] });
    expect(receivers.find(({ name }) => name === "pager")?.webhook_configs?.[0]?.url).to.equal("https://x/k: 1");
    expect(config).to.have.nested.property("inhibit_rules[0].equal[0]", "host");
  });

  it("tells its own receivers and the operator's usual one, where there are both, what is critical at once", () => {
    const theirs = { receiver: "pager", routes: [], receivers: [{ name: "pager" }] };
    const base = readFileSync("configs/alertmanager/alertmanager.yml", "utf8");
    const { route } = YAML.parse(withOverlay(base, theirs, true)) as {
      route: { receiver: string; routes: readonly Record<string, unknown>[] };
    };
    const told = route.routes.slice(-3).map(({ matchers, receiver, continue: more, group_wait: wait }) => ({
      ...{ matchers, receiver, more, wait },
    }));
    expect(route.receiver).to.equal("pager");
    expect(told).to.deep.equal([
      { matchers: ['severity="critical"'], receiver: "understudy", more: true, wait: "5s" },
      { matchers: ['severity!="critical"'], receiver: "understudy", more: true, wait: undefined },
      { matchers: ['severity="critical"'], receiver: "pager", more: undefined, wait: "5s" },
    ]);
  });

  it("neither gossips nor publishes the gossip port when it stands alone", async () => {
    const { container } = await declared(1);
    expect(container.inputs["command"]).to.include("--cluster.listen-address=").and.to.have.length(3);
    expect(container.inputs["ports"]).to.deep.equal(WEB);
  });

  it("tells a canary's alert at once, to an endpoint that only answers, and nobody of its end", async () => {
    const config: unknown = YAML.parse((await declared()).files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect(config).to.have.nested.property("route.routes[0].receiver", "understudy-canary");
    expect(config).to.have.deep.nested.property("receivers[1].webhook_configs", [
      { url: "http://understudy-prometheus:9090/api/v1/format_query?query=1", send_resolved: false },
    ]);
  });

  it("pages once for a host that is gone", async () => {
    const config: unknown = YAML.parse((await declared()).files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect(config).to.have.nested.property("route.receiver", "understudy");
    expect(config).to.have.deep.nested.property("receivers[0]", { name: "understudy" });
    expect(config).to.have.deep.nested.property("inhibit_rules[0]", {
      ...{ source_matchers: ['alertname="HostDown"'], target_matchers: ['alertname="ServiceDown"'], equal: ["host"] },
    });
  });

  it("tells its receivers, and those that wait for the Watchdog nothing else, without an end", async () => {
    const receivers = {
      duty: { form: "pagerduty", secret: "dutyKey" },
      watcher: { form: "webhook", secret: "url", deadman: true },
    };
    const { files } = await declareService(
      "alertmanager",
      (args) =>
        new Alertmanager("svc", { ...args, receiverSecrets: { duty: "a key", watcher: "http://watch.example/" } }),
      () => sampleArgs(sampleEnvironment(2, { notify: { receivers, deadman_minutes: 3 } }), "alertmanager"),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect(config).to.have.deep.nested.property("receivers[0]", {
      name: "understudy",
      pagerduty_configs: [
        { send_resolved: true, routing_key: "a key", url: "https://events.pagerduty.com/v2/enqueue" },
      ],
    });
    expect((config as { receivers: unknown }).receivers).to.deep.include({
      name: "understudy-deadman",
      webhook_configs: [{ send_resolved: false, url: "http://watch.example/" }],
    });
    expect(config).to.have.nested.property("route.routes[0].receiver", "understudy-deadman");
    expect(config).to.have.nested.property("route.routes[0].repeat_interval", "3m");
    expect(config).to.have.nested.property("route.routes[1].receiver", "understudy-canary");
  });

  it("tells nobody of what a drill causes itself, while it is at work, nor that it is", async () => {
    const config: unknown = YAML.parse((await declared()).files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect((config as { inhibit_rules: unknown }).inhibit_rules).to.deep.include({
      source_matchers: ['alertname="DrillInProgress"'],
      target_matchers: ['drill="expected"'],
    });
    expect((config as { receivers: unknown }).receivers).to.deep.include({ name: "understudy-nobody" });
  });

  it("has its operator's settings over the product's, which routes as before", async () => {
    const environment = sampleEnvironment(2, { alertmanager: { settings: { route: { repeat_interval: "2h" } } } });
    const { files } = await declareService(
      "alertmanager",
      (args) => new Alertmanager("svc", args),
      () => sampleArgs(environment, "alertmanager"),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect(config).to.have.nested.property("route.repeat_interval", "2h");
    expect(config).to.have.nested.property("route.routes[0].receiver", "understudy-canary");
  });
});
