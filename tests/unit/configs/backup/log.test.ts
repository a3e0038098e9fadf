import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

const NAMES = [
  "000000010000000100000E10",
  "000000010000000100000E11",
  "000000020000000100000E11.partial",
  "000000020000000100000E12",
  "000000030000000100000E12.partial",
] as const;

/** Runs functions of log.sh and batch.sh as the container does, and gives the lines that they print. */
function asked(stage: BackupStage, script: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
  writeFileSync(
    stage.at("bin/ask-log.sh"),
    `set -u; . "$UNDERSTUDY_BIN/common.sh"; . "$bin/log.sh"; . "$bin/batch.sh"; ${Object.entries(more)
      .map(([name, value]) => `${name}=${value}; `)
      .join("")}${script}`,
  );
  const { code, out, err } = stage.run("ask-log.sh");
  expect(err).to.equal("");
  return code === 0 ? out.trim().split("\n") : [];
}

describe("the closed part of the write-ahead log", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;
  let count = 0;

  beforeEach(() => {
    stage = backupStage(path.join(folder(), String((count += 1))), {});
    mkdirSync(stage.at("backup/wal/host-b"), { recursive: true });
    mkdirSync(stage.at("backup/status"));
    for (const one of [...NAMES, "00000002.history", "line"]) aged(one, 3600);
  });

  const aged = (name: string, seconds: number): void => {
    writeFileSync(stage.at("backup/wal/host-b", name), "0123456789");
    const time = Date.now() / 1000 - seconds;
    utimesSync(stage.at("backup/wal/host-b", name), time, time);
  };
  const closed = (most = 1000, young = 900): readonly string[] =>
    asked(stage, `closed_log ${most}`, { LOG_YOUNG_SECONDS: String(young) }).map((line) => line.split(" ")[0] ?? "");

  it("is what comes before the newest position, in order, ended parts of a timeline among it", () => {
    expect(closed()).to.deep.equal(NAMES.slice(0, 3));
  });

  it("ends before the first file that is young, and after so many bytes, but for the first file", () => {
    aged(NAMES[1], 100);
    expect(closed()).to.deep.equal(NAMES.slice(0, 1));
    aged(NAMES[1], 3600);
    expect(closed(20)).to.deep.equal(NAMES.slice(0, 2));
    expect(closed(1)).to.deep.equal(NAMES.slice(0, 1));
  });

  it("takes a file of the future for an old one", () => {
    aged(NAMES[0], -86_400);
    expect(closed()).to.deep.equal(NAMES.slice(0, 3));
  });

  it("is due when enough of it has come, or has waited; not while a failed attempt is recent, nor without a line", () => {
    const due = (enough: number, patience: number): boolean =>
      asked(stage, "log_due && echo due", { LOG_DUE_BYTES: String(enough), LOG_WAIT_SECONDS: String(patience) })[0] ===
      "due";
    expect(due(30, 100_000), "enough").to.equal(true);
    expect(due(31, 3500), "waited").to.equal(true);
    expect(due(31, 100_000)).to.equal(false);
    writeFileSync(stage.at("backup/status/host-b.log"), `result=failed\nat=${Math.floor(Date.now() / 1000) - 30}\n`);
    expect(due(1, 1)).to.equal(false);
    writeFileSync(stage.at("backup/status/host-b.log"), "result=failed\nat=1\n");
    expect(due(1, 1)).to.equal(true);
    writeFileSync(stage.at("backup/wal/host-b/line"), "");
    expect(due(1, 1)).to.equal(false);
  });

  it("is told in tags, from which its names come back, though each looks like a number", () => {
    const lines = NAMES.map((one) => `${one} 1048576 1`).join("\\n");
    const tags = asked(stage, `printf '${lines}\\n' | describe_log`);
    expect(tags).to.deep.equal([
      "files:000000010000000100000E10..000000010000000100000E11",
      "files:000000020000000100000E11.partial",
      "files:000000020000000100000E12",
      "files:000000030000000100000E12.partial",
      "from:0000000100000E10",
      "to:0000000100000E12",
      "segment:1048576",
      "bytes:5242880",
    ]);
    const back = asked(stage, `printf '[{"tags":["log"${tags.map((one) => `,"${one}"`).join("")}]}]' | named_files`);
    expect(back).to.deep.equal([...NAMES].sort());
  });
});
