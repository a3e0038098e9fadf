import { expect } from "chai";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";
import * as YAML from "yaml";
import { declareService, ownVolumes, variables } from "./declared-service";
import { Grafana } from "../../../components/grafana";

const declared = (): ReturnType<typeof declareService> =>
  declareService("grafana", (args) => new Grafana("svc", { ...args, secrets: { grafana: "admin-pw" } }));

describe("Grafana", () => {
  it("runs upstream's image by its conventions", async () => {
    const { component, container } = await declared();
    expect(component.type).to.equal("understudy:index:Grafana");
    expect(container.inputs).to.deep.include({
      user: "472",
      volumes: ownVolumes("grafana", "/var/lib/grafana"),
      ports: [...publishedOn(3000, 13000)],
      wait: true,
    });
    expect(container.inputs).to.not.have.any.keys("entrypoints", "command");
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"],
    });
  });

  it("takes the password from a secret file and calls nobody outside", async () => {
    const { container, files, reloaded } = await declared();
    expect(reloaded.filter((file) => !file.includes("/dashboards/"))).to.deep.equal([
      "/understudy/files/current/grafana",
    ]);
    expect(files["/understudy/files/current/grafana"]).to.equal("admin-pw");
    expect(variables(container)).to.include({
      GF_SECURITY_ADMIN_PASSWORD__FILE: "/understudy/files/current/grafana",
      GF_PATHS_PROVISIONING: "/understudy/files/current/provisioning",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    });
    expect(JSON.stringify(container.inputs)).to.not.contain("admin-pw");
  });

  it("is provisioned with its own host's services, by container name", async () => {
    const { files } = await declared();
    const file = YAML.parse(files["/understudy/files/current/provisioning/datasources/understudy.yaml"] ?? "") as {
      datasources: { type: string; url: string }[];
    };
    expect(file.datasources.map(({ type, url }) => [type, url])).to.deep.equal([
      ["prometheus", "http://understudy-prometheus:9090"],
      ["loki", "http://understudy-loki:3100"],
      ["tempo", "http://understudy-tempo:3200"],
      ["alertmanager", "http://understudy-alertmanager:9093"],
    ]);
  });

  it("has its operator's settings as variables", async () => {
    const environment = sampleEnvironment(2, { grafana: { settings: { "auth.anonymous": { enabled: true } } } });
    const { container, files } = await declareService(
      "grafana",
      (args) => new Grafana("svc", { ...args, secrets: { grafana: "admin-pw" } }),
      () => sampleArgs(environment, "grafana"),
    );
    expect(variables(container)).to.include({ GF_AUTH_ANONYMOUS_ENABLED: "true" });
    expect(files["/understudy/files/current/settings.conf"]).to.contain('auth.anonymous.enabled = "true"');
  });
});
