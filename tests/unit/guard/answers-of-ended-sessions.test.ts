import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SHELLS } from "./stage";

const GUARDS = path.resolve(__dirname, "../../../configs/guard");

/** Answers the first time it is asked, and is ended over it; then it answers and ends well. */
const PSQL = `#!/bin/sh
echo "$ANSWER"
[ -f "$STAGE/ended" ] || { : >"$STAGE/ended"; exit 124; }
`;

for (const [name, program, ...words] of SHELLS) {
  describe(`an answer of a session that was ended over it, under ${name}`, () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), "understudy-ended-"));
      for (const part of ["bin", "understudy", "data"]) mkdirSync(path.join(folder, part));
      for (const [file, text] of Object.entries({ psql: PSQL, pg_isready: "#!/bin/sh\nexit 0\n" }))
        writeFileSync(path.join(folder, "bin", file), text, { mode: 0o755 });
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    const environment = (answer: string): NodeJS.ProcessEnv => ({
      ...{ PATH: `${folder}/bin:${process.env["PATH"] ?? ""}`, STAGE: folder, ANSWER: answer },
      ...{ PGDATA: `${folder}/data`, UNDERSTUDY_GUARD_USER: "understudy_guard" },
      ...{ UNDERSTUDY_PEER_ADDRESS: "203.0.113.1", UNDERSTUDY_PEER_PORT: "5432", UNDERSTUDY_PEER_TIMEOUT: "1" },
    });

    it("is no second line of a look at the peer's role", () => {
      const script = path.join(GUARDS, "postgres-eyes.sh");
      const { stdout } = spawnSync(program ?? "sh", [...words, script], {
        env: environment("primary"),
        input: "1\n",
        encoding: "utf8",
      });
      expect(stdout).to.equal("role=primary\nok\n");
    });

    it("is no second line of what the data note of our roles", () => {
      const text = readFileSync(path.join(GUARDS, "postgres-own-roles.sh"), "utf8");
      const [noted = ""] = /^noted\(\) \{\n[^]*?^\}\n/m.exec(text) ?? [];
      const { stdout } = spawnSync(program ?? "sh", [...words, "-c", `${noted}noted`], {
        env: environment("superuser-is-local"),
        encoding: "utf8",
      });
      expect(stdout).to.equal("superuser-is-local\n");
    });
  });
}
