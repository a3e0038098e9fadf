import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { runShell } from "../../../support/run-shell";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("what the backup container asks the other host's", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;

  const asked = (): string =>
    runShell(`. "$UNDERSTUDY_BIN/common.sh"; peer_says`, { ...stage.variables });

  beforeEach(() => {
    stage = backupStage(path.join(folder(), "peer-says"), { curl: 'printf "%s\\n" "$*"' });
  });

  it("is asked in plain HTTP where it was told nothing else", () => {
    expect(asked().trim()).to.equal("-fsS --connect-timeout 5 --max-time 10 http://10.0.0.2:9121/metrics.txt");
  });

  it("is asked through the other host's front, with the certificate that passes there", () => {
    const files = stage.at("bin/files/current");
    mkdirSync(path.join(files, "front"), { recursive: true });
    writeFileSync(path.join(files, "peer-metrics"), "https://10.0.0.2:9443/backup/metrics.txt");
    const [trust, certificate, key] = ["ca.pem", "client.pem", "client.key"].map((name) =>
      path.join(files, "front", name),
    );
    expect(asked().trim()).to.equal(
      `-fsS --connect-timeout 5 --max-time 10 --cacert ${trust ?? ""} --cert ${certificate ?? ""} --key ${key ?? ""} ` +
        "https://10.0.0.2:9443/backup/metrics.txt",
    );
  });
});
