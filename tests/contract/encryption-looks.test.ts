import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { operatorLook } from "../../drills/unplanned/operator-look";
import type { Look } from "../../drills/unplanned/look";
import { clientCertificates } from "../../settings/certificates/clients";
import { makeAuthority } from "../../settings/certificates/issue";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { bundleFrom } from "../support/issued";
import { sampleEnvironment } from "../unit/components/sample";
import { namedHosts } from "../../settings/pair";

describe("a look from here at a PostgreSQL that is to encrypt", function () {
  this.timeout(30_000);
  this.slow(10_000);
  const servers: Server[] = [];
  let credentials: Credentials;

  before(async () => {
    const now = Date.now();
    const bundle = await bundleFrom(sampleEnvironment(2), "host-a", await makeAuthority("sample", now), now);
    const clients = clientCertificates(JSON.stringify(bundle)) ?? expect.fail();
    credentials = { postgres: "p", replication: "r", redis: "d", grafana: "g", clients };
  });
  afterEach(() => {
    for (const one of servers.splice(0)) one.close();
  });

  async function listen(hear: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      hear(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** @param engine port of what stands where the host's SSH server would */
  async function look(postgres: number, engine: number, timeoutMs: number): Promise<Look> {
    const environment: Environment = sampleEnvironment(2, { ports: { postgres } });
    const [first] = namedHosts(environment);
    const host = { ...(first ?? expect.fail()), address: "127.0.0.1", docker: `ssh://nobody@127.0.0.1:${engine}` };
    delete host.ssh_config;
    return operatorLook(host, "timescaledb", environment, credentials)(timeoutMs);
  }
  const answering = (byte: string): Promise<number> => listen((socket) => socket.once("data", () => socket.end(byte)));
  const mute = (): Promise<number> => listen((socket) => void socket.pause());

  it("sees one that answers that it does not encrypt as alive, though its host does not say whether it should", async () => {
    expect(await look(await answering("N"), await mute(), 1500)).to.include({ answers: false, alive: true });
  });

  it("sees one whose encryption fails at once as alive", async () => {
    expect(await look(await answering("S"), await mute(), 5000)).to.include({ answers: false, alive: true });
  });

  it("sees a port that closes without a word, and one that says nothing, as silent", async () => {
    const closing = await listen((socket) => socket.destroy());
    for (const port of [closing, await mute()])
      expect(await look(port, await mute(), 5000)).to.include({ answers: false, alive: false });
  });
});
