import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { engineFault, healthOf, listContainers, pullImage } from "../../../../lab/host/engine-api";
import { LabError } from "../../../../lab/host/run";

describe("engine API of a lab host", () => {
  let folder: string;
  let server: http.Server | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-"));
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  function serve(handler: http.RequestListener): Promise<string> {
    const socket = path.join(folder, "docker.sock");
    const listening = http.createServer(handler);
    server = listening;
    return new Promise((resolve) => listening.listen(socket, () => resolve(socket)));
  }

  it("has no fault when it answers its ping", async () => {
    const socket = await serve((_, response) => response.end("OK"));
    expect(await engineFault(socket)).to.equal(undefined);
  });

  it("has a fault that says what is wrong: no socket, an error, or silence", async () => {
    expect(await engineFault(path.join(folder, "none.sock"))).to.contain("ENOENT");
    const socket = await serve((request, response) => {
      if (request.headers["x-never"] !== undefined) response.end();
    });
    expect(await engineFault(socket, 50)).to.equal("no answer within 50 ms");
    server?.removeAllListeners("request").on("request", (_, response: http.ServerResponse) => {
      response.writeHead(500).end("disk full\n");
    });
    expect(await engineFault(socket)).to.equal("answers 500: disk full");
  });

  it("lists containers by name with state and health, and null where there is no health check", async () => {
    const body = [
      { Names: ["/b"], State: "running", Status: "Up 3 seconds" },
      { Names: ["/a"], State: "running", Status: "Up 3 seconds (health: starting)" },
    ];
    const socket = await serve((_, response) => response.end(JSON.stringify(body)));
    expect(await listContainers(socket)).to.deep.equal([
      { name: "a", state: "running", health: "starting" },
      { name: "b", state: "running", health: null },
    ]);
  });

  it("reads health words and nothing else in parentheses", () => {
    expect(healthOf("Up 2 minutes (healthy)")).to.equal("healthy");
    expect(healthOf("Up 2 minutes (unhealthy)")).to.equal("unhealthy");
    expect(healthOf("Exited (137) 2 minutes ago")).to.equal(null);
    expect(healthOf("Up 2 minutes (Paused)")).to.equal(null);
  });

  it("reports a pull that fails after the engine has answered 200, in the engine's words", async () => {
    const socket = await serve((_, response) => response.end('{"status":"Pulling"}\n{"error":"manifest unknown"}\n'));
    const failure = await pullImage(socket, "10.91.0.1:5000/x@sha256:0").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(LabError);
    expect((failure as LabError).message)
      .to.contain("manifest unknown")
      .and.to.contain("next:");
  });
});
