import { Readable } from "node:stream";
import { expect } from "chai";
import type Docker from "dockerode";
import { readServiceTexts } from "../../../../drills/hosts/server-settings/service-settings";
import { tarArchive } from "../../../../drills/hosts/tar";

describe("what an operator has set of a host's services", () => {
  it("is read from their containers' files; a missing one has none, and of a silent engine nobody knows", async () => {
    const content = Buffer.from('# x\nlimits_config.ingestion_rate_mb = "8"\n');
    const entry = { name: "settings.conf", kind: "file", content, target: "", uid: 1, gid: 1, mode: 0o400 } as const;
    const docker = {
      getContainer: (name: string) => ({
        getArchive: ({ path }: { path: string }) => {
          expect(path).to.equal("/understudy/files/current/settings.conf");
          if (name === "understudy-loki") return Promise.resolve(Readable.from([tarArchive([entry])]));
          if (name === "understudy-tempo") return Promise.reject(new Error("no answer"));
          return Promise.reject(Object.assign(new Error("no such file"), { statusCode: 404 }));
        },
      }),
    } as unknown as Docker;
    const { loki, tempo, grafana } = await readServiceTexts(docker, "host-a");
    expect(loki).to.deep.equal({ text: content.toString() });
    expect(tempo).to.deep.equal({ unread: "no answer" });
    expect(grafana).to.deep.equal({ text: null });
  });
});
