import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../../support/temporary-folder";
import { relocated, SHELLS } from "./stage";

const HBA = "host    all          postgres              all      reject\n";
const GUARDS = path.resolve(__dirname, "../../../configs/guard");

for (const [name, program = "sh", ...words] of SHELLS) {
  describe(`PostgreSQL that is told to read its files anew, under ${name}`, () => {
    const folder = temporaryFolder();
    const children: ChildProcess[] = [];
    const pidFile = (): string => path.join(folder(), "data/pgdata/postmaster.pid");

    before(() => {
      mkdirSync(path.dirname(pidFile()), { recursive: true });
      mkdirSync(path.join(folder(), "data/understudy"));
      mkdirSync(path.join(folder(), "understudy/files/current"), { recursive: true });
      const files = { postgres: "super\n", replication: "stream\n", guard: "guard\n", "pg_hba.conf": HBA };
      for (const [file, text] of Object.entries(files))
        writeFileSync(path.join(folder(), "understudy/files/current", file), text);
      for (const [from, to] of [
        ["postgres-common.sh", "common.sh"],
        ["postgres-encryption.sh", "encryption.sh"],
        ["postgres-reload.sh", "reload.sh"],
      ] as const) {
        const script = relocated(readFileSync(path.join(GUARDS, from), "utf8"), folder());
        writeFileSync(path.join(folder(), "understudy", to), script);
      }
    });
    afterEach(() => {
      for (const one of children.splice(0)) one.kill("SIGKILL");
    });

    /** A process that any hang-up ends, under this name; how it ends is told. */
    const running = (comm: string): { readonly pid: number; readonly ended: Promise<NodeJS.Signals | null> } => {
      const file = path.join(mkdtempSync(path.join(folder(), "program-")), comm);
      copyFileSync("/bin/sleep", file);
      const child = spawn(file, ["20"], { stdio: "ignore" });
      children.push(child);
      return {
        pid: child.pid ?? 0,
        ended: new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal))),
      };
    };
    const reload = (): number | null =>
      spawnSync(program, [...words, path.join(folder(), "understudy/reload.sh")], {
        env: {
          PATH: process.env["PATH"],
          PGDATA: path.dirname(pidFile()),
          UNDERSTUDY_REPLICATION_USER: "understudy_replication",
          UNDERSTUDY_GUARD_USER: "understudy_guard",
          UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
          UNDERSTUDY_PEER_ADDRESS: "",
        },
      }).status;

    it("gets a hang-up, its first process alone", async () => {
      const [server, other] = [running("postgres"), running("other")];
      writeFileSync(pidFile(), `${server.pid}\n/data\n`);
      expect(reload()).to.equal(0);
      expect(await server.ended).to.equal("SIGHUP");
      expect(process.kill(other.pid, 0)).to.equal(true);
    });

    it("finds what the guard makes of the files made anew: its passwords for the peer, and who may connect", () => {
      const state = (file: string): string => path.join(folder(), "data/understudy", file);
      writeFileSync(path.join(folder(), "understudy/files/current/guard"), "another\n");
      rmSync(pidFile(), { force: true });
      expect(reload()).to.equal(0);
      expect(readFileSync(state("pgpass"), "utf8").split("\n")).to.include.members([
        "*:*:*:understudy_guard:another",
        "*:*:*:postgres:super",
      ]);
      expect(readFileSync(state("pg_hba.conf"), "utf8"), "before it is known that both hosts have the roles").to.equal(
        "",
      );
      writeFileSync(state("own-roles"), "");
      expect(reload()).to.equal(0);
      expect(readFileSync(state("pgpass"), "utf8")).to.not.include("super");
      expect(readFileSync(state("pg_hba.conf"), "utf8")).to.equal(HBA);
      rmSync(state("own-roles"));
    });

    it("is left alone when it does not run: it reads them when it starts", () => {
      rmSync(pidFile(), { force: true });
      expect(reload()).to.equal(0);
      const other = running("other");
      writeFileSync(pidFile(), `${other.pid}\n/data\n`);
      expect(reload(), "what a killed server left names somebody else now").to.equal(0);
      expect(process.kill(other.pid, 0)).to.equal(true);
    });
  });
}
