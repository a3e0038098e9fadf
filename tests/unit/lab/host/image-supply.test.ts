import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { readSupply, staleServices, supplyOf } from "../../../../lab/host/image-supply";
import type { LabImage } from "../../../../lab/host/images";
import { labContainers } from "../../../../lab/images/exporters";
import type { ContainerName } from "../../../../settings/services";
import { temporaryFolder } from "../../../support/temporary-folder";

const image = (service: ContainerName, version = "1", standIn: string | null = null): LabImage => ({
  reference: `10.91.0.1:5000/${service}@sha256:${version}`,
  standIn,
  source: "local",
});

const images = (...changed: readonly [ContainerName, LabImage][]): Map<ContainerName, LabImage> =>
  new Map([...labContainers().map((service) => [service, image(service)] as const), ...changed]);

describe("the lab's images file", () => {
  const folder = temporaryFolder();
  const written = (text: string): string => {
    const file = path.join(folder(), "images.yaml");
    writeFileSync(file, text);
    return file;
  };

  it("says of each service which image it has, and what that stands in for", () => {
    const supply = supplyOf(images(["grafana", image("grafana", "2", "not Grafana")]));
    expect(supply.grafana).to.deep.equal({ image: "10.91.0.1:5000/grafana@sha256:2", stand_in: "not Grafana" });
    expect(supply.redis).to.deep.equal({ image: "10.91.0.1:5000/redis@sha256:1", stand_in: null });
    expect(readSupply(written(stringify(supply)))).to.deep.equal(supply);
  });

  it("is read as empty when it is missing, damaged, or of the form that had references only", () => {
    expect(readSupply(path.join(folder(), "none.yaml"))).to.deep.equal({});
    expect(readSupply(written("redis: {image: 'x'"))).to.deep.equal({});
    expect(readSupply(written("redis: 10.91.0.1:5000/redis@sha256:1\n"))).to.deep.equal({});
  });
});

describe("the supply of images", () => {
  const known = supplyOf(images());

  it("is as it should be when the file names what the registry has", () => {
    expect(staleServices(known, supplyOf(images()))).to.deep.equal([]);
  });

  it("is to be made anew for a service with another image, or another stand-in text", () => {
    const now = images(["redis", image("redis", "2")], ["tempo", image("tempo", "1", "a stand-in")]);
    expect(staleServices(known, supplyOf(now))).to.have.members(["redis", "tempo"]);
  });

  it("is to be made for a service whose present recipe the registry does not have, whatever the file says", () => {
    const now = images();
    now.delete("loki");
    expect(staleServices(known, supplyOf(now))).to.deep.equal(["loki"]);
  });

  it("is to be made for every service when there is no file", () => {
    expect(staleServices({}, known)).to.deep.equal([...labContainers()]);
  });
});
