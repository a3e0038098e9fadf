import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { askReadiness, type Readiness } from "../../../../drills/hosts/readiness";
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

  const ask = (): Promise<Readiness | null> =>
    askReadiness({ address: "127.0.0.1" } as NamedHost, { ports: { loki: port } } as Environment, "loki");

  it("is what it answers", async () => {
    expect(await ask()).to.deep.equal({ answers: true, ready: true, detail: "answers 200 at /ready" });
    answer = 503;
    expect(await ask()).to.deep.equal({ answers: true, ready: false, detail: "answers 503 at /ready" });
  });

  it("is a refusal where nobody listens, and nothing where the service does not speak HTTP", async () => {
    server.close();
    await once(server, "close");
    const said = await ask();
    expect(said).to.include({ answers: false, refused: true });
    expect(said?.detail).to.match(/^does not answer at \/ready: .*ECONNREFUSED/);
    expect(await askReadiness({} as NamedHost, {} as Environment, "redis")).to.equal(null);
  });
});
