import { expect } from "chai";
import { missingSecrets } from "../../../../operator/failover/pair-stacks";
import { neededKeys } from "../../../../settings/credentials";
import { sampleEnvironment } from "../../components/sample";

const BACKUP = { image: "backup:1", memory_mib: 256 };
const SET: Readonly<Record<string, string>> = {
  ...{ postgresPassword: "pg-word", replicationPassword: "repl-word" },
  ...{ redisPassword: "redis-word", grafanaPassword: "gf-word" },
};

describe("the secrets that a command needs of the stacks", () => {
  const refusal = (hosts: 1 | 2, backup: typeof BACKUP | undefined, set = SET): string | undefined => {
    const environment = sampleEnvironment(hosts, backup === undefined ? {} : { backup });
    const error = missingSecrets("primary", neededKeys(environment), (key) => set[key]);
    return error && `${error.message}; next: ${error.next}`;
  };

  it("are four where nothing is backed up: no section, or no other host", () => {
    expect([refusal(2, undefined), refusal(1, undefined), refusal(1, BACKUP)]).to.deep.equal([
      ...[undefined, undefined, undefined],
    ]);
  });

  it("are five with a section backup, and the refusal says why, and what sets it", () => {
    expect(refusal(2, BACKUP)).to.equal(
      "stack primary has no understudy:backupPassword, and the environment file has a section backup: it encrypts them; " +
        "next: pulumi -s primary config set --secret understudy:backupPassword",
    );
    expect(refusal(2, BACKUP, { ...SET, backupPassword: "bk-word" })).to.equal(undefined);
  });

  it("do not pass when they are empty, and no value is told", () => {
    const said = refusal(2, undefined, { ...SET, redisPassword: "" });
    expect(said)
      .to.match(/^stack primary has no understudy:redisPassword;/)
      .and.not.match(/-word/);
  });
});
