import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("what the backup container asks the other host's", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;

  const asked = (): string => stage.run("asks.sh").out.trim();

  before(() => {
    stage = backupStage(path.join(folder(), "peer-says"), { curl: 'printf "%s\\n" "$*"' });
    writeFileSync(stage.at("bin/asks.sh"), '. "$UNDERSTUDY_BIN/common.sh"\npeer_says\n');
  });

  it("is asked in plain HTTP where it was told nothing else", () => {
    expect(asked()).to.equal("-fsS --connect-timeout 5 --max-time 10 http://10.0.0.2:9121/metrics.txt");
  });

  it("is asked through the other host's front, with the certificate that passes there", () => {
    const files = stage.at("bin/files/current");
    mkdirSync(path.join(files, "front"), { recursive: true });
    writeFileSync(path.join(files, "peer-metrics"), "https://10.0.0.2:9443/backup/metrics.txt");
    const shown = ["--cacert ca.pem", "--cert client.pem", "--key client.key"].map((one) =>
      one.replace(" ", ` ${files}/front/`),
    );
    expect(asked()).to.equal(
      `-fsS --connect-timeout 5 --max-time 10 ${shown.join(" ")} https://10.0.0.2:9443/backup/metrics.txt`,
    );
  });
});
