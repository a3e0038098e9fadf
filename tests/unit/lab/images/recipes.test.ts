import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { scratchPlan } from "../../../../drills/services/backup/scratch-plan";
import { hashOfSources, imageTag, RECIPES } from "../../../../lab/images/recipes";
import { CONTAINER_NAMES, SERVICE_NAMES } from "../../../../settings/services";

const IMAGES = path.join(__dirname, "../../../../lab/images");

describe("the hash of an image's recipe", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "recipe-"));
    mkdirSync(path.join(folder, "a"));
    writeFileSync(path.join(folder, "a/one"), "x");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hash = (): string => hashOfSources([path.join(folder, "a")]);

  it("is the same for the same files in another place", () => {
    cpSync(path.join(folder, "a"), path.join(folder, "b"), { recursive: true });
    expect(hashOfSources([path.join(folder, "b")])).to.equal(hash());
  });

  it("changes with a byte, a name, a file more, and the executable bit", () => {
    const one = path.join(folder, "a/one");
    const seen = [hash()];
    chmodSync(one, 0o755);
    seen.push(hash());
    writeFileSync(one, "y");
    seen.push(hash());
    writeFileSync(path.join(folder, "a/two"), "");
    seen.push(hash());
    rmSync(one);
    seen.push(hash());
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it("changes when a byte moves from one folder to the next", () => {
    mkdirSync(path.join(folder, "b"));
    const both = (): string => hashOfSources([path.join(folder, "a"), path.join(folder, "b")]);
    const before = both();
    rmSync(path.join(folder, "a/one"));
    writeFileSync(path.join(folder, "b/one"), "x");
    expect(both()).not.to.equal(before);
  });
});

describe("the image tags of the services", () => {
  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), "images-"));
    cpSync(IMAGES, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  /** Services whose tag changes when one file of the recipes does. */
  const touchedBy = (file: string): string[] => {
    writeFileSync(path.join(copy, file), "changed");
    return SERVICE_NAMES.filter((name) => imageTag(copy, name) !== imageTag(IMAGES, name));
  };

  it("change for one service when its own folder does", () => {
    expect(touchedBy("redis/Dockerfile")).to.deep.equal(["redis"]);
  });

  it("change for every service on the Debian tree when the tree does", () => {
    expect(touchedBy("base/packages.txt")).to.deep.equal([
      "redis",
      "timescaledb",
      "prometheus",
      "alertmanager",
      "tempo",
      "grafana",
    ]);
  });

  it("change for the services with a program of their own when its build does", () => {
    expect(touchedBy("parts.sh")).to.deep.equal(["loki", "tempo", "grafana"]);
  });

  it("change for the same services when the programs' source does", () => {
    expect(touchedBy("stand-ins/internal/disk/log.go")).to.deep.equal(["loki", "tempo", "grafana"]);
  });
});

describe("an image that holds nothing but its program", () => {
  it("has the folders that a restore into a scratch network copies its configuration into", () => {
    for (const service of SERVICE_NAMES.filter((one) => !RECIPES[one].debian)) {
      const recipe = readFileSync(path.join(IMAGES, service, "Dockerfile"), "utf8");
      const folders = [...recipe.matchAll(/^COPY (?:--\S+ )?empty (\S+)$/gm)].map(([, folder]) => folder);
      for (const file of scratchPlan(service, { kind: "newest" }, true).copied)
        expect(folders, file).to.include(path.dirname(file));
    }
  });
});

describe("an image that is no real product", () => {
  it("says so in its own label, in the words of the images file", () => {
    for (const service of CONTAINER_NAMES) {
      const recipe = readFileSync(path.join(IMAGES, service, "Dockerfile"), "utf8");
      const label = /^(?:LABEL understudy\.stand-in|ARG STAND_IN)="(.*)"$/m.exec(recipe)?.[1] ?? null;
      expect(label, service).to.equal(RECIPES[service].standIn);
    }
  });

  it("is every one with a program of this project", () => {
    const ours = CONTAINER_NAMES.filter((service) => RECIPES[service].program !== null);
    for (const service of ours) expect(RECIPES[service].standIn, service).to.match(/; not [A-Z]/);
  });
});
