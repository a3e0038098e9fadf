import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { declareStack } from "../../../components/stack";
import { viewFrom } from "../../../settings/pair";
import { declaredBy } from "./mocked-engine";
import { publishedOn, sampleEnvironment, sampleListening } from "./sample";

const SECRETS = {
  postgres: "pg-word",
  replication: "repl-word",
  redis: "redis-word",
  grafana: "gf-word",
  backup: "bk-word",
};

describe("the backup service", () => {
  const stack = (hosts: 1 | 2): ReturnType<typeof declaredBy> =>
    declaredBy(() => {
      const environment = sampleEnvironment(hosts, { backup: { image: "backup:1", memory_mib: 256 } });
      const view = viewFrom(environment, "host-a");
      const { services } = declareStack(environment, view, sampleListening(environment), pulumi.secret(SECRETS));
      return [...services, ...services.map((one) => (one as unknown as { container: pulumi.Resource }).container)];
    });

  it("is declared for a pair, and not for a host that stands alone", async () => {
    const names = async (hosts: 1 | 2): Promise<unknown[]> =>
      (await stack(hosts)).map((one) => one.inputs["name"]).filter((name) => name === "understudy-backup");
    expect([await names(2), await names(1)]).to.deep.equal([["understudy-backup"], []]);
  });

  it("cannot write to a service's volume but Prometheus', and has its passwords in files only", async () => {
    const container = (await stack(2)).find((one) => one.inputs["name"] === "understudy-backup");
    const volumes = container?.inputs["volumes"] as { volumeName: string; readOnly?: boolean }[];
    expect(volumes.filter((one) => one.readOnly !== true).map((one) => one.volumeName)).to.deep.equal([
      "understudy-backup-data",
      "understudy-prometheus-data",
    ]);
    expect(JSON.stringify(container?.inputs)).not.to.match(/-word/);
    expect(container?.inputs["hostname"], "a name of its own on each host, by which restic knows its locks").to.equal(
      "understudy-backup-host-a",
    );
    expect(container?.inputs["ports"]).to.deep.equal([...publishedOn(8011, 8011), ...publishedOn(9121, 9121)]);
    expect(container?.inputs["capabilities"]).to.deep.equal({ drops: ["ALL"], adds: ["DAC_OVERRIDE"] });
  });
});
