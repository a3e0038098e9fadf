import { expect } from "chai";
import type { Carrier } from "../../../../../drills/services/data-sync/carrier";
import { NOTE_SYNCED, READ_SYNCED } from "../../../../../drills/services/data-sync/scripts";
import { noteSynced, readSynced } from "../../../../../drills/services/data-sync/carry-over";
import { runShell } from "../../../../support/run-shell";
import { temporaryFolder } from "../../../../support/temporary-folder";

describe("up to when a host's data are the pair's", () => {
  const folder = temporaryFolder();
  const shell = (script: string, ...words: string[]): string => {
    const set = ["set --", ...words.map((word) => `'${word}'`)].join(" ");
    const { code, out, err } = runShell(folder(), `${set}\n${script}`);
    expect(code, err).to.equal(0);
    return out;
  };
  const carrier: Pick<Carrier, "folder" | "run" | "read"> = {
    folder: () => folder(),
    run: (script, ...words) => Promise.resolve(void shell(script, ...words)),
    read: (script, ...words) => Promise.resolve(shell(script, ...words)),
  };

  it("is not known of a volume that never had another host's data, or where the note is none", async () => {
    expect(await readSynced(carrier, "grafana")).to.equal(null);
    shell(NOTE_SYNCED, folder(), "");
    expect(await readSynced(carrier, "grafana")).to.equal(null);
  });

  it("is noted for a single database, and not where files are joined", async () => {
    await noteSynced(carrier, "loki", "2026-11-23T10:00:00.000Z");
    expect(await readSynced(carrier, "grafana")).to.equal(null);
    await noteSynced(carrier, "grafana", "2026-11-23T10:00:00.000Z");
    expect(await readSynced(carrier, "grafana")).to.equal("2026-11-23T10:00:00.000Z");
    expect(shell(READ_SYNCED, folder())).to.equal("2026-11-23T10:00:00.000Z\n");
  });
});
