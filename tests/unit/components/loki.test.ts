import { expect } from "chai";
import * as YAML from "yaml";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";
import { declareService, ownVolumes } from "./declared-service";
import { Loki } from "../../../components/loki";

describe("Loki", () => {
  it("runs upstream's image by its conventions and asks its own binary for its health", async () => {
    const { component, container } = await declareService("loki", (args) => new Loki("svc", args));
    expect(component.type).to.equal("understudy:index:Loki");
    expect(container.inputs).to.deep.include({
      user: "10001",
      command: ["-config.file=/understudy/files/current/loki.yaml"],
      volumes: ownVolumes("loki", "/loki"),
      ports: [...publishedOn(3100, 13100)],
      wait: true,
    });
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "/usr/bin/loki", "-health", "-health.url=http://127.0.0.1:3100/ready"],
    });
  });

  it("stores everything under its volume, for as long as the environment says", async () => {
    const { files } = await declareService("loki", (args) => new Loki("svc", args));
    const config: unknown = YAML.parse(files["/understudy/files/current/loki.yaml"] ?? "");
    expect(config).to.have.nested.property("common.path_prefix", "/loki");
    expect(config).to.have.nested.property("schema_config.configs[0].schema", "v13");
    expect(config).to.have.nested.property("limits_config.retention_period", "216h");
    expect(config).to.have.nested.property("analytics.reporting_enabled", false);
  });

  it("has its operator's settings over the product's, in its configuration and in a file to compare", async () => {
    const environment = sampleEnvironment(2, { loki: { settings: { limits_config: { ingestion_rate_mb: 8 } } } });
    const { files, reloaded } = await declareService(
      "loki",
      (args) => new Loki("svc", args),
      () => sampleArgs(environment, "loki"),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/loki.yaml"] ?? "");
    expect(config)
      .to.have.property("limits_config")
      .that.deep.includes({ retention_period: "216h", ingestion_rate_mb: 8 });
    expect(files["/understudy/files/current/settings.conf"]).to.contain('limits_config.ingestion_rate_mb = "8"');
    // The configuration replaces the container, what is compared does not.
    expect(reloaded).to.deep.equal(["/understudy/files/current/settings.conf"]);
    const without = await declareService("loki", (args) => new Loki("svc", args));
    expect(Object.keys(without.files)).to.deep.equal(["/understudy/files/current/loki.yaml"]);
  });
});
