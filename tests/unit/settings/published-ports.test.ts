import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { Environment } from "../../../settings/environment";
import { parseEnvironment } from "../../../settings/load-environment";
import { answeringPorts } from "../../support/published-ports";

const FOLDER = path.resolve(__dirname, "../../../configs/deploy/environments");

function environmentOf(file: string): Environment {
  return parseEnvironment(file, parse(readFileSync(path.join(FOLDER, file), "utf8")));
}

describe("ports on which a host of the lab answers", () => {
  it("are the stores' and the gossip for clients, the front besides for its peer, and HTTP for the host alone", () => {
    const lab = environmentOf("lab.yaml");
    expect(answeringPorts(lab, "clients")).to.deep.equal([5432, 6380, 9094]);
    expect(answeringPorts(lab, "clients", "peer")).to.deep.equal([5432, 6380, 9094, 9443]);
    expect(answeringPorts(lab, "clients", "peer", "host")).to.deep.equal([
      ...[3000, 3100, 3200, 4318, 5432, 6380, 9090, 9093, 9094, 9443],
    ]);
  });

  it("are every service's own in the plain lab, and no front", () => {
    expect(answeringPorts(environmentOf("lab_plain.yaml"), "clients", "peer", "host")).to.deep.equal([
      ...[3000, 3100, 3200, 4318, 5432, 6379, 9090, 9093, 9094],
    ]);
  });
});
