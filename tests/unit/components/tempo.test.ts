import { expect } from "chai";
import * as YAML from "yaml";
import { publishedOn } from "./sample";
import { declareService, ownVolumes } from "./declared-service";
import { Tempo } from "../../../components/tempo";

describe("Tempo", () => {
  it("publishes its query port and OTLP over HTTP", async () => {
    const { component, container } = await declareService("tempo", (args) => new Tempo("svc", args));
    expect(component.type).to.equal("understudy:index:Tempo");
    expect(container.inputs).to.deep.include({
      user: "10001",
      command: ["-config.file=/understudy/files/current/tempo.yaml"],
      volumes: ownVolumes("tempo", "/var/tempo"),
      ports: [...publishedOn(3200, 13200), ...publishedOn(4318, 14318)],
    });
  });

  it("is healthy, and waited for, once it is ready", async () => {
    const { container } = await declareService("tempo", (args) => new Tempo("svc", args));
    expect(container.inputs["wait"]).to.equal(true);
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3200/ready"],
    });
  });

  it("stores everything under its volume, for as long as the environment says", async () => {
    const { files } = await declareService("tempo", (args) => new Tempo("svc", args));
    const config: unknown = YAML.parse(files["/understudy/files/current/tempo.yaml"] ?? "");
    expect(config).to.have.nested.property("compactor.compaction.block_retention", "216h");
    expect(config).to.have.nested.property("storage.trace.local.path", "/var/tempo/blocks");
    expect(config).to.have.nested.property("storage.trace.wal.path", "/var/tempo/wal");
    expect(config).to.have.nested.property("distributor.receivers.otlp.protocols.http.endpoint", "0.0.0.0:4318");
  });
});
