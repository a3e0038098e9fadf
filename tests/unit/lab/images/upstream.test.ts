import { expect } from "chai";
import { pinned, UPSTREAM_IMAGES } from "../../../../lab/images/upstream";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("upstream image references", () => {
  it("put the digest in the tag's place", () => {
    expect(pinned("prom/prometheus:v2.53.2", DIGEST)).to.equal(`prom/prometheus@${DIGEST}`);
  });

  it("keep the port of a registry, which is no tag", () => {
    expect(pinned("10.91.0.1:5000/redis", DIGEST)).to.equal(`10.91.0.1:5000/redis@${DIGEST}`);
    expect(pinned("10.91.0.1:5000/redis:7", DIGEST)).to.equal(`10.91.0.1:5000/redis@${DIGEST}`);
  });

  it("name an exact version for every service", () => {
    for (const reference of Object.values(UPSTREAM_IMAGES)) expect(reference).to.match(/:v?\d+\.\d+\.\d+/);
  });
});
