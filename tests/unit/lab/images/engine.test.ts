import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { BuildEngine, readAnswer } from "../../../../lab/images/engine";

describe("an engine's answer", () => {
  it("is a list of JSON lines", () => {
    const lines = readAnswer('{"stream":"Step 1"}\r\n{"aux":{"Digest":"sha256:1"}}\n\n');
    expect(lines.map((line) => line.aux?.Digest)).to.deep.equal([undefined, "sha256:1"]);
  });

  it("that carries an error is an error, with what was said just before", () => {
    const answer = '{"stream":"Step 3 : RUN x"}\n{"error":"returned 127","errorDetail":{}}\n';
    expect(() => readAnswer(answer)).to.throw("Step 3 : RUN x | returned 127");
  });
});

describe("asking an engine for a digest", () => {
  let folder: string;
  let server: Server;

  async function engineThat(answers: RequestListener): Promise<BuildEngine> {
    const socket = path.join(folder, "engine.sock");
    server = createServer(answers);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return new BuildEngine(`unix://${socket}`);
  }

  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "engine-"))));
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it("returns what the registry has", async () => {
    const engine = await engineThat((request, response) => {
      expect(request.url).to.contain("/distribution/redis:7.2/json");
      response.setHeader("content-type", "application/json");
      response.end('{"Descriptor":{"digest":"sha256:1"}}');
    });
    expect(await engine.digestOf("redis:7.2", 1_000)).to.equal("sha256:1");
  });

  it("gives up after the time it was given when the engine says nothing", async () => {
    const engine = await engineThat(() => undefined);
    const began = performance.now();
    expect(await engine.digestOf("redis:7.2", 200)).to.equal(undefined);
    expect(performance.now() - began).to.be.within(150, 2_000);
  });

  it("returns nothing when the registry refuses", async () => {
    const engine = await engineThat((_, response) => response.writeHead(500).end('{"message":"no route to host"}'));
    expect(await engine.digestOf("redis:7.2", 1_000)).to.equal(undefined);
  });
});
