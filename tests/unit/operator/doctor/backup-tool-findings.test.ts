import { expect } from "chai";
import { parseBackupTools, type BackupTools } from "../../../../drills/services/backup/backup-tools";
import { toolFindings, type BackedUpServers } from "../../../../operator/doctor/backup-tool-findings";

const IMAGE = "registry.example/understudy-backup:1";
const found = (servers: BackedUpServers, tools: BackupTools): readonly string[] =>
  toolFindings("host-a", IMAGE, servers, tools).map(({ state, detail }) => `${state}: ${detail}`);

describe("the tools of a host's backups", () => {
  it("are a problem where they are older than the servers, with the image to build", () => {
    const servers = { postgres: 17, form: "REDIS0011" };
    const all = toolFindings("host-a", IMAGE, servers, { postgres: 15, readsForm: false });
    expect(all.map(({ check, host, state }) => [check, host, state])).to.deep.equal([
      ["backup tools", "host-a", "problem"],
      ["backup tools", "host-a", "problem"],
    ]);
    expect(all[0]?.detail).to.match(/has PostgreSQL 15's client, .* of PostgreSQL 17 /);
    expect(all[0]?.fix).to.match(/^docker build --build-arg BASE=debian:13-slim --build-arg POSTGRES=17 /);
    expect(all[1]?.detail).to.include(`redis-check-rdb in ${IMAGE} does not read REDIS0011`);
    const [newest] = toolFindings("host-a", IMAGE, { ...servers, postgres: 18 }, { postgres: 17, readsForm: null });
    expect(newest?.fix).to.include("BASE=debian:sid-slim --build-arg POSTGRES=18");
  });

  it("fit a server of their version and an older one", () => {
    for (const postgres of [15, 17])
      expect(found({ postgres: 15, form: "REDIS0010" }, { postgres, readsForm: true })).to.deep.equal([
        "good: the tools fit PostgreSQL 15 and REDIS0010",
      ]);
  });

  it("are not judged by what nobody says", () => {
    expect(found({ postgres: null, form: "" }, { postgres: 15, readsForm: null })).to.deep.equal([]);
    expect(found({ postgres: 17, form: "" }, { postgres: null, readsForm: null })).to.deep.equal([]);
  });

  it("say what they are line by line", () => {
    expect(
      parseBackupTools("postgres=pg_receivewal (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\nform=refuses\n"),
    ).to.deep.equal({ postgres: 15, readsForm: false });
    expect(parseBackupTools("postgres=\nform=reads\n")).to.deep.equal({ postgres: null, readsForm: true });
    expect(parseBackupTools("")).to.deep.equal({ postgres: null, readsForm: null });
  });
});
