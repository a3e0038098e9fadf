import { expect } from "chai";
import { UPSTREAM_IMAGES, upstreamTag } from "../../../../lab/images/upstream";

const DIGEST = "0".repeat(64);

describe("upstream image references", () => {
  it("name an exact version for every service", () => {
    for (const reference of Object.values(UPSTREAM_IMAGES)) expect(reference).to.match(/:v?\d+\.\d+\.\d+/);
  });
});

describe("the tag of an upstream image's copy", () => {
  it("is upstream's own", () => {
    expect(upstreamTag("prom/prometheus:v3.13.5")).to.equal("upstream-v3.13.5");
  });

  it("does not take a registry's port for a tag", () => {
    expect(upstreamTag("registry.example:5000/redis:7.2")).to.equal("upstream-7.2");
    expect(upstreamTag("registry.example:5000/redis")).to.equal("upstream-latest");
  });

  it("follows the digest of a reference that has one", () => {
    expect(upstreamTag(`redis@sha256:${DIGEST}`)).to.equal(`upstream-sha256-${DIGEST}`);
  });

  it("is one that a registry takes, for every service", () => {
    for (const reference of Object.values(UPSTREAM_IMAGES)) {
      expect(upstreamTag(reference)).to.match(/^\w[\w.-]{0,127}$/);
    }
  });
});
