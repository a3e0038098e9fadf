import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { probeEndpoints } from "../../../../drills/probe/endpoints";
import { LAB_ENVIRONMENT } from "../../../../lab/host/stacks";
import { userRedisWay, userTls } from "../../../../lab/watch/user-data";
import type { Credentials } from "../../../../settings/credentials";
import type { Environment } from "../../../../settings/environment";
import { parseEnvironment } from "../../../../settings/load-environment";

const CHECKOUT = path.resolve(__dirname, "../../../..");

function environmentOf(file: string): Environment {
  return parseEnvironment(file, parse(readFileSync(path.join(CHECKOUT, file), "utf8")));
}

const LAB = environmentOf(LAB_ENVIRONMENT);
const PLAIN = environmentOf(LAB_ENVIRONMENT.replace("lab.yaml", "lab_plain.yaml"));

const shown = (name: string) => ({ ca: "the pair's CA", cert: `of ${name}`, key: `key of ${name}` });
const WITH: Pick<Credentials, "clients"> = {
  clients: { understudy_drill: shown("drill"), understudy_probe: shown("probe") },
};

describe("who writes to the lab beside a drill", () => {
  it("comes encrypted to both stores, as the lab is, and shows no certificate to PostgreSQL", () => {
    expect(userTls(LAB, WITH)).to.deep.equal({ ca: "the pair's CA" });
    expect(userRedisWay(LAB, WITH)).to.deep.include({ port: LAB.ports.redis_tls });
    expect(userRedisWay(LAB, WITH).tls?.ca).to.equal("the pair's CA");
    for (const { redis } of probeEndpoints(LAB, WITH))
      expect(redis).to.deep.include({ port: LAB.ports.redis_tls, tls: true });
  });

  for (const [what, clients] of [
    ["with certificates in its stacks", WITH],
    ["without", {}],
  ] as const)
    it(`comes plain in the plain lab, ${what}`, () => {
      expect(userTls(PLAIN, clients)).to.equal(undefined);
      expect(userRedisWay(PLAIN, clients)).to.deep.equal({ port: PLAIN.ports.redis });
      for (const { redis } of probeEndpoints(PLAIN, clients)) expect(redis).to.not.have.property("tls");
    });
});
