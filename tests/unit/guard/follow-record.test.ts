import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SHELLS } from "./stage";
import { hasEnded } from "../../support/has-ended";

const GUARDS = path.resolve(__dirname, "../../../configs/guard");

/** Each says what lies in a file of the stage, and fails where there is none: of the peer `there…`, of this host `here…`. */
const PSQL = `#!/bin/sh
case "$*" in
  *-h\\ /var/run*) file=here ;;
  *IDENTIFY_SYSTEM*) file=login ;;
  *) file=there ;;
esac
case "$*" in *pg_stat_replication*) file=standby ;; esac
case "$*" in *"0
0/"*) exit 1 ;; esac # a position is one line
[ -f "$STAGE/$file" ] || exit 1
cat "$STAGE/$file"
exit "$(cat "$STAGE/$file-ends" 2>/dev/null || echo 0)"
`;
const ISREADY = '#!/bin/sh\nexit "$(cat "$STAGE/listens" 2>/dev/null || echo 2)"\n';
const REDIS = `#!/bin/sh
case "$*" in
  *-h*ping) file=hears; [ -z "\${REDISCLI_AUTH:-}" ] || file=login ;;
  *-h*) file=there ;;
  *masteruser) printf 'masteruser\\n\\n'; exit ;;
  *masterauth) printf 'masterauth\\nhush\\n'; exit ;;
  *) file=here ;;
esac
[ -f "$STAGE/$file" ] && cat "$STAGE/$file"
`;
const SLEEP = "#!/bin/sh\nexec /bin/sleep 0.02\n";

type Facts = Readonly<Record<string, string>>;

/** The script in a folder of its own, under one shell, with fake programs. */
class Recorder {
  readonly folder = mkdtempSync(path.join(tmpdir(), "understudy-follow-"));
  #process: ChildProcess | undefined;

  constructor(
    private readonly store: "postgres" | "redis",
    private readonly shell: readonly string[],
  ) {
    for (const name of ["stage", "bin", "understudy/files/current", "state", "pgdata"])
      mkdirSync(path.join(this.folder, name), { recursive: true });
    for (const name of ["follow-record.sh", "follow-postgres.sh", "follow-redis.sh"])
      copyFileSync(path.join(GUARDS, name), path.join(this.folder, "understudy", name));
    copyFileSync(path.join(GUARDS, "redis-login.sh"), path.join(this.folder, "understudy/login.sh"));
    for (const [name, text] of Object.entries({ psql: PSQL, pg_isready: ISREADY, "redis-cli": REDIS, sleep: SLEEP })) {
      this.write(`bin/${name}`, text);
      chmodSync(path.join(this.folder, "bin", name), 0o755);
    }
    this.write("understudy/files/current/redis", "hush\n");
    this.write("state/status", "standby\n");
    this.write("pgdata/standby.signal");
  }

  write(name: string, text = ""): void {
    const file = path.join(this.folder, name);
    writeFileSync(`${file}.part`, text);
    rmSync(file, { force: true });
    copyFileSync(`${file}.part`, file);
  }

  remove(name: string): void {
    rmSync(path.join(this.folder, name), { force: true });
  }

  read(name: string): string | undefined {
    const file = path.join(this.folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  start(): void {
    const [program = "sh", ...words] = this.shell;
    const script = path.join(this.folder, "understudy/follow-record.sh");
    this.#process = spawn(
      program,
      [...words, script, this.store, path.join(this.folder, "state"), String(process.pid)],
      {
        env: {
          PATH: `${path.join(this.folder, "bin")}:${process.env["PATH"] ?? ""}`,
          STAGE: path.join(this.folder, "stage"),
          PGDATA: path.join(this.folder, "pgdata"),
          UNDERSTUDY_PEER_HOST: "host-a",
          UNDERSTUDY_PEER_ADDRESS: "203.0.113.1",
          UNDERSTUDY_PEER_PORT: "5432",
          UNDERSTUDY_PEER_TIMEOUT: "1",
          UNDERSTUDY_REPLICATION_USER: "understudy_replication",
          UNDERSTUDY_GUARD_USER: "understudy_guard",
          UNDERSTUDY_SLOT: "understudy_host_b",
        },
        stdio: "ignore",
      },
    );
  }

  facts(): Facts {
    const lines = (this.read("state/followed") ?? "").split("\n").filter(Boolean);
    return Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
  }

  async until(what: string, seen: (facts: Facts) => boolean): Promise<Facts> {
    for (let turn = 0; turn < 800; turn += 1) {
      const facts = this.facts();
      if (seen(facts)) return facts;
      await sleep(10);
    }
    throw new Error(`never seen: ${what}; the record: ${JSON.stringify(this.facts())}`);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.on("close", resolve));
    // The script may be writing there: it ends when its folder is gone. What it wrote meanwhile is seen by another removal.
    for (let turn = 1; existsSync(this.folder); turn += 1) {
      try {
        rmSync(this.folder, { recursive: true, force: true });
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOTEMPTY" || turn === 50) throw error;
        await sleep(20);
      }
    }
    if (this.#process !== undefined && !hasEnded(this.#process)) await ended;
  }
}

const PRIMARY = (slot = "reserved"): string => `primary 0/7000000 7300 3 ${slot}\n`;
const HERE = (has: "t" | "f", receiver = "streaming", timeline = 3): string =>
  `${has} ${has} 7300 ${timeline} ${receiver}\n`;

const POSTGRES: readonly (readonly [string, Facts, string, { refused?: boolean; alive?: boolean; all?: boolean }])[] = [
  ["follows", { there: PRIMARY(), here: HERE("t"), login: "x" }, "streaming", { alive: true, all: true }],
  ["is behind", { there: PRIMARY(), here: HERE("f"), login: "x" }, "streaming", { alive: true }],
  [
    "has no slot",
    { there: PRIMARY("missing"), here: HERE("f", "none") },
    "slot-missing",
    { alive: true, refused: true },
  ],
  [
    "has lost its slot",
    { there: PRIMARY("lost"), here: HERE("f", "none") },
    "slot-lost",
    { alive: true, refused: true },
  ],
  [
    "cannot log in to stream",
    { there: PRIMARY(), here: HERE("f", "none"), listens: "0" },
    "login",
    { alive: true, refused: true },
  ],
  [
    "has gone further on another history",
    { there: PRIMARY(), here: HERE("t", "none", 4), login: "x" },
    "timeline",
    { alive: true, refused: true },
  ],
  ["does not stream", { there: PRIMARY(), here: HERE("f", "none"), login: "x" }, "not-streaming", { alive: true }],
  ["sees a standby", { there: "standby 0/0 7300 0 missing\n", here: HERE("t", "none") }, "role", {}],
  ["sees a server that refuses sessions", { listens: "1", here: HERE("t", "none") }, "not-serving", {}],
  ["hears nothing", { here: HERE("t", "none") }, "silent", {}],
];

for (const [name, ...shell] of SHELLS) {
  describe(`the record of following, kept under ${name}`, () => {
    let recorder: Recorder;
    afterEach(() => recorder.close());

    for (const [what, stage, reason, expected] of POSTGRES) {
      it(`of a standby of PostgreSQL that ${what} says ${reason}`, async () => {
        recorder = new Recorder("postgres", shell);
        for (const [file, text] of Object.entries(stage)) recorder.write(`stage/${file}`, text);
        recorder.start();
        const facts = await recorder.until(reason, (one) => one["reason"] === reason);
        expect([facts["alive"] !== "", facts["refused"] !== "", facts["has_all"] !== ""], "alive, refused, has all")
          .to //
          .deep.equal([expected.alive === true, expected.refused === true, expected.all === true]);
        if (reason !== "streaming")
          expect(recorder.read("state/unprotected")).to.match(
            new RegExp(`^unprotected since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ: ${reason}\\n$`),
          );
      });
    }

    it("keeps what it knew when the primary falls silent, and goes on with it after a restart", async () => {
      recorder = new Recorder("postgres", shell);
      recorder.write("stage/there", PRIMARY());
      recorder.write("stage/here", HERE("t"));
      recorder.start();
      const { has_all: before } = await recorder.until("all", (one) => one["reason"] === "streaming");
      recorder.remove("stage/there");
      const { has_all: kept } = await recorder.until("silent", (one) => one["reason"] === "silent");
      expect(Number(kept)).to.be.at.least(Number(before));
      recorder.start();
      await sleep(200);
      expect(recorder.facts()["has_all"]).to.equal(kept);
    });

    it("drops what it noted by a clock that was ahead, and keeps a sign of life as one of just now", async () => {
      recorder = new Recorder("postgres", shell);
      const ahead = Math.floor(Date.now() / 1000) + 86_400;
      const noted = ["role=standby", "boot=earlier", "reason=silent", "refused_as=login"];
      const times = ["began", "has_all", "alive", "answered", "refused", "since"].map((one) => `${one}=${ahead}`);
      recorder.write("state/followed", `${[...noted, ...times].join("\n")}\n`);
      recorder.start();
      const facts = await recorder.until("a turn", (one) => one["turn"] !== undefined);
      expect(facts["has_all"]).to.equal("");
      for (const key of ["began", "alive", "refused", "since"])
        expect(Number(facts[key]), key).to.be.closeTo(Date.now() / 1000, 10);
      const [, since = ""] = /since (\S+):/.exec(recorder.read("state/unprotected") ?? "") ?? [];
      expect(Date.parse(since)).to.be.at.most(Date.now());
    });

    it("says since when the link is away, and why the primary refused it, also when that falls silent", async () => {
      recorder = new Recorder("postgres", shell);
      recorder.write("stage/there", PRIMARY("missing"));
      recorder.write("stage/here", HERE("f", "none"));
      recorder.start();
      const refusing = await recorder.until("refused", (one) => one["reason"] === "slot-missing");
      await sleep(1100);
      recorder.remove("stage/there");
      const silent = await recorder.until("silent", (one) => one["reason"] === "silent");
      expect([silent["since"], silent["refused_as"]]).to.deep.equal([refusing["since"], "slot-missing"]);
    });

    it("begins a new record with another role, and says when nobody follows a primary", async () => {
      recorder = new Recorder("postgres", shell);
      recorder.write("stage/there", PRIMARY());
      recorder.write("stage/here", HERE("t"));
      recorder.start();
      await recorder.until("all", (one) => one["has_all"] !== "" && one["role"] === "standby");
      recorder.write("stage/here", "0/8000000\n");
      recorder.write("stage/standby");
      recorder.remove("pgdata/standby.signal");
      const alone = await recorder.until("alone", (one) => one["reason"] === "no-standby");
      expect([alone["role"], alone["has_all"]]).to.deep.equal(["primary", ""]);
      recorder.write("stage/standby", "t t\n");
      await recorder.until("followed", (one) => one["reason"] === "streaming" && one["has_all"] !== "");
      expect(recorder.read("state/unprotected")).to.equal(undefined);
    });

    it("takes no answer of a session that was ended over it, and goes on with the next one", async () => {
      recorder = new Recorder("postgres", shell);
      recorder.remove("pgdata/standby.signal");
      recorder.write("stage/here", "0/8000000\n");
      recorder.write("stage/standby", "t t\n");
      recorder.write("stage/here-ends", "124\n");
      recorder.start();
      await recorder.until("away", (one) => one["reason"] === "away");
      recorder.remove("stage/here-ends");
      await recorder.until("followed", (one) => one["reason"] === "streaming" && one["has_all"] !== "");
      recorder.write("stage/standby-ends", "124\n");
      await recorder.until("away again: nobody knows who follows", (one) => one["reason"] === "away");
    });

    it("leaves the record alone while a drill stops the server", async () => {
      recorder = new Recorder("postgres", shell);
      recorder.write("state/demoting", "9999999999\n");
      recorder.start();
      await sleep(200);
      expect(recorder.read("state/followed")).to.equal(undefined);
    });

    const standbyOf = (offset: number, link: "up" | "down"): string =>
      `role:slave\r\nmaster_link_status:${link}\r\nmaster_sync_in_progress:0\r\nslave_repl_offset:${offset}\r\nmaster_replid:abc\r\n`;
    const REDIS_PRIMARY = "role:master\r\nmaster_replid:abc\r\nmaster_repl_offset:500\r\n";
    const REDIS_CASES: readonly (readonly [string, Facts, string, boolean])[] = [
      ["follows", { there: REDIS_PRIMARY, here: standbyOf(500, "up") }, "streaming", true],
      ["is behind", { there: REDIS_PRIMARY, here: standbyOf(499, "up") }, "streaming", false],
      ["cannot log in", { there: REDIS_PRIMARY, here: standbyOf(400, "down") }, "login", false],
      [
        "has no link",
        { there: REDIS_PRIMARY, here: standbyOf(400, "down"), login: "master\n" },
        "not-streaming",
        false,
      ],
      ["hears an error", { hears: "NOAUTH\n", here: standbyOf(400, "down") }, "not-serving", false],
      ["hears nothing", { here: standbyOf(400, "down") }, "silent", false],
    ];
    for (const [what, stage, reason, all] of REDIS_CASES) {
      it(`of a standby of Redis that ${what} says ${reason}`, async () => {
        recorder = new Recorder("redis", shell);
        for (const [file, text] of Object.entries(stage)) recorder.write(`stage/${file}`, text);
        recorder.start();
        const facts = await recorder.until(reason, (one) => one["reason"] === reason);
        expect(facts["has_all"] !== "").to.equal(all);
      });
    }
  });
}
