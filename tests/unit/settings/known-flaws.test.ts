import { readFileSync, globSync } from "node:fs";
import { expect } from "chai";
import { grafanaFinding, redisFinding } from "../../../operator/doctor/version-findings";
import { GRAFANA_FLAWS, knownOf } from "../../../settings/known-flaws";
import { UPSTREAM_IMAGES } from "../../../lab/images/upstream";

const SHIPPED_BEFORE = "7.2.5";
const said = (version: string): string =>
  `Redis server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0`;

describe("known flaws of Redis", () => {
  it("are told by their names of a version that an earlier release shipped, with the version that has none", () => {
    const [finding, ...more] = redisFinding("host-a", said(SHIPPED_BEFORE));
    expect(more).to.deep.equal([]);
    expect(finding).to.include({ check: "known flaws", host: "host-a", state: "problem" });
    expect(finding?.detail).to.include("Redis 7.2.5 has CVE-2025-49844").and.include("2026-07-24");
    expect(finding?.fix).to.include("Redis 7.2.15 or later");
  });

  it("are counted by number, not by text", () => {
    expect(knownOf("7.2.9")?.flaws).to.have.length(2);
    expect(knownOf("7.2.11")?.flaws.map(({ name }) => name)).to.deep.equal(["Redis' urgent releases of 2026-07-24"]);
    expect(knownOf("7.2.15")?.flaws).to.deep.equal([]);
    expect(knownOf("7.2.100")?.flaws).to.deep.equal([]);
  });

  it("are not claimed, nor ruled out, of a line that nothing is known of", () => {
    for (const version of ["7.0.15", "9.0.0", "", "7.2", "v7.2.5"])
      expect(knownOf(version), version).to.equal(undefined);
    for (const words of [said("7.0.15"), "Valkey server v=8.1.1 sha=0", ""])
      expect(redisFinding("h", words)).to.deep.equal([]);
  });

  it("has no image that is shipped", () => {
    const files = globSync("configs/deploy/environments/*.yaml").map((file) => readFileSync(file, "utf8"));
    const images = [...files.join("\n").matchAll(/image: "?redis:(\d+\.\d+\.\d+)/g)].map(([, version = ""]) => version);
    expect(images).to.have.length.greaterThan(0);
    const [, lab = ""] = /^redis:(\d+\.\d+\.\d+)/.exec(UPSTREAM_IMAGES.redis) ?? [];
    for (const version of [...images, lab])
      expect(redisFinding("h", said(version))[0]?.state, version).to.equal("good");
  });
});

describe("known flaws of Grafana", () => {
  const version = (one: string): string => `Version ${one} (commit: 0000000, branch: HEAD)\n`;

  it("are told of the version that an earlier release shipped", () => {
    const [finding, ...more] = grafanaFinding("host-b", version("11.1.4"));
    expect(more).to.deep.equal([]);
    expect(finding).to.include({ check: "known flaws", host: "host-b", state: "problem" });
    expect(finding?.detail).to.match(/^Grafana 11\.1\.4 has CVE-2024-9264 .* which upstream's image lacks/);
    expect(finding?.fix).to.include("Grafana 11.1.7 or later");
  });

  it("are not claimed of what carries fixes beside its numbers, of an unknown line, or of a stand-in", () => {
    for (const said of [version("11.1.6+security-01"), version("10.4.2"), "stand-in for Grafana\n", ""])
      expect(grafanaFinding("h", said), said).to.deep.equal([]);
  });

  it("has no image that is shipped", () => {
    const files = globSync("configs/deploy/environments/*.yaml").map((file) => readFileSync(file, "utf8"));
    const shipped = [
      ...`${files.join("\n")}\nimage: "${UPSTREAM_IMAGES.grafana}`.matchAll(/grafana\/grafana:([\d.]+)/g),
    ];
    expect(shipped).to.have.length.greaterThan(1);
    for (const [, one = ""] of shipped) expect(knownOf(one, GRAFANA_FLAWS)?.flaws, one).to.deep.equal([]);
  });
});
