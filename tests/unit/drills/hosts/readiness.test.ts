import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { askReadiness, type ServiceAnswer } from "../../../../drills/hosts/readiness";
import type { Environment } from "../../../../settings/environment";
import type { NamedHost } from "../../../../settings/pair";

describe("the readiness of a service, asked from outside", () => {
  let server: Server;
  let port: number;
  let answer = 200;

  before(async () => {
    server = createServer((request, response) =>
      response.writeHead(request.url === "/ready" ? answer : 404).end("words"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  const ask = (): Promise<ServiceAnswer | null> =>
    askReadiness({ address: "127.0.0.1" } as NamedHost, { ports: { loki: port } } as Environment, "loki");

  it("is what it answers", async () => {
    const ready = await ask();
    expect(ready).to.have.all.keys("kind", "latencyMs").and.include({ kind: "ready" });
    expect(ready).to.have.property("latencyMs").that.is.a("number").within(0, 3000);
    answer = 503;
    expect(await ask()).to.include({ kind: "not-ready", detail: "answers 503 at /ready" });
  });

  it("is a refusal where nobody listens, and nothing where the service does not speak HTTP", async () => {
    server.close();
    await once(server, "close");
    const said = await ask();
    expect(said).to.include({ kind: "silent", refused: true });
    expect(said)
      .to.have.property("detail")
      .that.matches(/^does not answer at \/ready: .*ECONNREFUSED/);
    expect(await askReadiness({} as NamedHost, {} as Environment, "redis")).to.equal(null);
  });
});
