import { expect } from "chai";
import * as YAML from "yaml";
import { declareService, ownVolumes } from "./declared-service";
import { Alertmanager } from "../../../components/alertmanager";
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

  it("writes its silences out every few seconds where they are backed up", async () => {
    const environment = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
    const { container } = await declareService(
      "alertmanager",
      (args) => new Alertmanager("svc", args),
      () => sampleArgs(environment, "alertmanager"),
    );
    expect(container.inputs["command"]).to.include("--data.maintenance-interval=15s");
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

  it("tells nobody of what a drill causes itself, while it is at work, nor that it is", async () => {
    const config: unknown = YAML.parse((await declared()).files["/understudy/files/current/alertmanager.yml"] ?? "");
    expect((config as { inhibit_rules: unknown }).inhibit_rules).to.deep.include({
      source_matchers: ['alertname="DrillInProgress"'],
      target_matchers: ['drill="expected"'],
    });
    expect((config as { receivers: unknown }).receivers).to.deep.include({ name: "understudy-nobody" });
  });
});
