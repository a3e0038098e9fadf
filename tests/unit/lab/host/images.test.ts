import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { ensureImages, findImages, type ImageOptions } from "../../../../lab/host/images";
import { imageTag, RECIPES } from "../../../../lab/images/recipes";
import { UPSTREAM_IMAGES, upstreamTag, type UpstreamName } from "../../../../lab/images/upstream";
import { labContainers } from "../../../../lab/images/exporters";
import { SERVICE_NAMES, type ContainerName } from "../../../../settings/services";

const IMAGES = path.join(__dirname, "../../../../lab/images");
const REGISTRY = "10.91.0.1:5000";

const local = (service: ContainerName): string => `${service}:${imageTag(IMAGES, service)}`;
const upstream = (service: UpstreamName): string => `${service}:${upstreamTag(UPSTREAM_IMAGES[service])}`;

describe("the images of the lab", () => {
  let folder: string;
  let server: Server;
  /** What the registry has: `name:tag` to digest. */
  let registry: Map<string, string>;
  let commands: string[];
  let lines: string[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "engine-"));
    registry = new Map();
    commands = [];
    lines = [];
    server = createServer((request, response) => {
      const name = decodeURIComponent(request.url ?? "").replace(/^.*\/distribution\/[^/]+\/(.+)\/json$/, "$1");
      const digest = registry.get(name);
      response.writeHead(digest === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(digest === undefined ? '{"message":"unknown"}' : JSON.stringify({ Descriptor: { digest } }));
    });
    await new Promise<void>((resolve) => server.listen(path.join(folder, "engine.sock"), resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** An upstream registry that has everything: a copy puts the image into the lab's registry. */
  const options = (): ImageOptions => ({
    dockerHost: `unix://${folder}/engine.sock`,
    registry: REGISTRY,
    progress: (line) => lines.push(line),
    run: (command, args) => {
      commands.push([command, args[0]].join(" "));
      const target = args.at(-1)?.split(`${REGISTRY}/`)[1];
      if (target !== undefined) registry.set(target, `sha256:${target}`);
      return Promise.resolve({ code: 0, stdout: "", stderr: "" });
    },
  });

  it("that are in the registry are taken as they are: nothing runs, nothing is told", async () => {
    for (const service of labContainers()) registry.set(local(service), `sha256:${service}`);
    const images = Object.fromEntries(await ensureImages(options()));
    expect(commands).to.deep.equal([]);
    expect(lines).to.deep.equal([]);
    for (const service of labContainers()) {
      expect(images[service]).to.deep.equal({
        reference: `${REGISTRY}/${service}@sha256:${service}`,
        standIn: RECIPES[service].standIn,
        source: "local",
      });
    }
  });

  it("are copied from upstream when the registry has none, are the real products, and are found at once the next time", async () => {
    // Nobody publishes the backups' image.
    registry.set(local("backup"), "sha256:backup");
    const images = Object.fromEntries(await ensureImages(options()));
    const published = labContainers().filter((name) => name !== "backup");
    expect(commands).to.deep.equal(["skopeo inspect", ...published.map(() => "skopeo copy")]);
    for (const service of published) {
      const reference = `${REGISTRY}/${service}@sha256:${upstream(service)}`;
      expect(images[service]).to.deep.equal({ reference, standIn: null, source: "upstream" });
    }
    commands = [];
    expect(Object.fromEntries(await ensureImages(options()))).to.deep.equal(images);
    expect(commands).to.deep.equal([]);
  });

  it("that are there are kept when another is missing, and upstream's go before those made here", async () => {
    for (const service of labContainers()) if (service !== "loki") registry.set(local(service), "sha256:local");
    registry.set(upstream("redis"), "sha256:upstream");
    const images = Object.fromEntries(await ensureImages(options()));
    expect(commands).to.deep.equal(["skopeo inspect", "skopeo copy"]);
    const sources = SERVICE_NAMES.filter((service) => images[service]?.source === "upstream");
    expect(sources).to.have.members(["redis", "loki"]);
  });

  it("of another recipe, or of another upstream version, are not taken for the present ones", async () => {
    registry.set("redis:lab-0000000000000000", "sha256:old");
    registry.set("redis:upstream-6.0.0", "sha256:old");
    expect([...(await findImages(options())).keys()]).to.deep.equal([]);
  });
});
