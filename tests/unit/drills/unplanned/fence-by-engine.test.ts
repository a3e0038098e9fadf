import type Docker from "dockerode";
import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { fenceByEngine } from "../../../../drills/unplanned/fence-by-engine";
import type { NamedHost } from "../../../../settings/pair";
import { freePort } from "../../../support/free-port";

const HOST = { name: "host-a", address: "127.0.0.1" } as NamedHost;

/** An engine with one container; what is asked of it, and the file that is put into it, are noted. */
function engine({ running, full = false }: { running: boolean; full?: boolean }) {
  const asked: string[] = [];
  const stop = (how: string): Promise<void> => {
    asked.push(how);
    running = false;
    return Promise.resolve();
  };
  const container = {
    inspect: () =>
      Promise.resolve({
        State: { Running: running, Restarting: false, Status: running ? "running" : "exited", ExitCode: 0 },
      }),
    stop: () => stop("stop"),
    kill: () => stop("kill"),
    putArchive: (archive: Buffer, { path }: { path: string }) => {
      if (full) return Promise.reject(new Error("no space left on device"));
      const name = archive.subarray(0, 100).toString("utf8").replaceAll("\0", "");
      const size = Number.parseInt(archive.subarray(124, 135).toString("utf8"), 8);
      asked.push(`${path}/${name}: ${archive.subarray(512, 512 + size).toString("utf8")}`);
      return Promise.resolve();
    },
  };
  return { asked, docker: { getContainer: () => container } as unknown as Docker };
}

describe("a store fenced through its Docker engine", () => {
  let server: Server | undefined;
  let port = 0;
  beforeEach(async () => (port = await freePort()));
  afterEach(() => server?.close());

  for (const [store, folder] of [
    ["timescaledb", "/var/lib/postgresql/data/understudy"],
    ["redis", "/data/understudy"],
  ] as const) {
    it(`leaves the mark of the drill on the volume of ${store}, once its container is stopped`, async () => {
      const { asked, docker } = engine({ running: true });
      const words = await fenceByEngine(HOST, docker, store, { port, stillServes: false, drillId: "d-7" });
      expect(words).to.match(/container exited .* refuses, seen 2 times/);
      expect(asked[0]).to.equal("kill");
      expect(asked.slice(1)).to.have.length(1);
      expect(asked[1]).to.match(new RegExp(`^${folder}/fenced: d-7 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\n$`));
    });
  }

  it("leaves it on a container that had stopped before, too", async () => {
    const { asked, docker } = engine({ running: false });
    await fenceByEngine(HOST, docker, "redis", { port, stillServes: true, drillId: "d-8" });
    expect(asked).to.have.length(1);
    expect(asked[0]).to.match(/^\/data\/understudy\/fenced: d-8 /);
  });

  it("is not proved to be fenced where the mark cannot be written, nor where the port still answers", async () => {
    const refused = (docker: Docker): Promise<string> =>
      fenceByEngine(HOST, docker, "redis", { port, stillServes: true, drillId: "d-9" }).then(
        () => "proved",
        (error: unknown) => String(error),
      );
    expect(await refused(engine({ running: true, full: true }).docker)).to.match(
      /was stopped, and its volume could not be marked as fenced: no space left on device/,
    );
    server = createServer().listen(port, "127.0.0.1");
    expect(await refused(engine({ running: true }).docker)).to.match(/does not refuse/);
  });
});
