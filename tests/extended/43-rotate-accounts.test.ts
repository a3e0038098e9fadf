import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { openRedis, openSql } from "../../drills/hosts/sessions";
import type { RotationOutcome } from "../../operator/rotate/rotate";
import { namedHosts } from "../../settings/pair";
import { pairRoles } from "../support/lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const ENV = ["--env-config", LAB_ENVIRONMENT];

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

describe("the exchange of our accounts' passwords, on the lab", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const rotate = async (...words: readonly string[]): Promise<RotationOutcome> =>
    JSON.parse(ended(0, await understudy("rotate", ...words, ...ENV, "--output", "json")).stdout) as RotationOutcome;
  const values = async (): Promise<readonly (string | undefined)[]> => {
    const { roles, postgres, redis, before } = await labCredentials();
    return [roles ?? postgres, redis, JSON.stringify(before)];
  };

  it("gives our accounts other passwords on both hosts, and a switchover's checks are well", async () => {
    const [before] = await values();
    const roles = await pairRoles();
    const file = path.join(folder(), "rotate.json");
    const outcome = await rotate("roles", "--execute", "--output-file", file);
    expect(outcome).to.include({ failure: null, next: null });
    expect(outcome.after.map(({ files, postgres, redis }) => [files, postgres, redis])).to.deep.equal(
      Array.from({ length: 2 }, () => ["new", "new", "new"]),
    );
    const [now, , under] = await values();
    expect([now === before, under]).to.deep.equal([false, undefined]);
    for (const secret of [before ?? "", now ?? ""]) expect(readFileSync(file, "utf8")).to.not.include(secret);
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const sql = await openSql(host, environment, credentials);
      const redis = await openRedis(host, environment, credentials);
      expect([sql.user, redis.user], host.name).to.deep.equal(["understudy_drill", "understudy_drill"]);
      await sql.end();
      redis.close();
    }
    expect(await pairRoles()).to.deep.equal(roles);
    ended(0, await understudy("switchover", ...ENV, "--output-file", path.join(folder(), "dry.env")));
  });
});
