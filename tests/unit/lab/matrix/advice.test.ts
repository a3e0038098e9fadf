import { expect } from "chai";
import { adviceInWords, advisedCommands, asRun, commandsIn, isInformative } from "../../../../lab/matrix/advice";

describe("the commands that a verb's output advises", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["understudy status", ["understudy status"]],
    ["understudy status, then a drill with a new id", ["understudy status"]],
    ["understudy status; if the primary is gone: understudy failover --unplanned --to host-b", ["understudy status"]],
    [
      "end that program or wait for it, then: understudy failover --to host-b --execute",
      ["understudy failover --to host-b --execute"],
    ],
    [
      "understudy failover --unplanned --to host-b --fence-live-primary --execute, which stops host-a through host-b first",
      ["understudy failover --unplanned --to host-b --fence-live-primary --execute"],
    ],
    [
      `make sure that host-a is off, then: understudy failover --unplanned --execute --accept-unfenced "HOW YOU KNOW"`,
      [`understudy failover --unplanned --execute --accept-unfenced "HOW YOU KNOW"`],
    ],
    ["understudy rejoin host-a, once it is back", ["understudy rejoin host-a"]],
    [
      "host-b has them: pulumi -s standby up; understudy failover --unplanned --to host-b --execute; from a backup: understudy backup restore --host host-a --service redis --to service; or to begin with empty data: understudy up --begin-anew lab/host-a --execute",
      ["pulumi -s standby up", "understudy failover --unplanned --to host-b --execute"],
    ],
    [
      "let it end, then: psql -h 10.0.0.1 -p 5432 -U postgres -c 'select pg_terminate_backend(7, 1)'",
      ["psql -h 10.0.0.1 -p 5432 -U postgres -c 'select pg_terminate_backend(7, 1)'"],
    ],
    [
      `let its reader finish, then: ssh -F c -- root@h docker exec understudy-timescaledb psql -U postgres -c "\\"select pg_drop_replication_slot('a')\\""`,
      [
        `ssh -F c -- root@h docker exec understudy-timescaledb psql -U postgres -c "\\"select pg_drop_replication_slot('a')\\""`,
      ],
    ],
    [
      `ssh h docker exec understudy-timescaledb psql -U postgres -c '"alter system reset fsync"' -c '"select pg_reload_conf()"'`,
      [
        `ssh h docker exec understudy-timescaledb psql -U postgres -c '"alter system reset fsync"' -c '"select pg_reload_conf()"'`,
      ],
    ],
    ["put Node.js 22 or newer first on PATH", []],
  ];
  for (const [advice, commands] of cases) {
    it(advice, () => expect(commandsIn(advice)).to.deep.equal(commands));
  }

  it("are found in a summary, in an error and behind a semicolon, each once", () => {
    const output = [
      "FAILED d-1 at precheck after 1.0 s",
      "  reason    host-a is not gone",
      "  next      understudy failover --to host-b",
      "  health    13 of 14 services healthy; next: understudy status",
      "next: understudy status",
      "  postgres  would save what diverged, then rewind: the next understudy drill",
    ].join("\n");
    expect(advisedCommands(output)).to.deep.equal(["understudy failover --to host-b", "understudy status"]);
  });

  it("are run with words for what asks for them, and yes to what asks", () => {
    expect(asRun(`understudy failover --accept-loss "HOW YOU KNOW"`)).to.equal(
      `understudy failover --accept-loss "the matrix has looked"`,
    );
    expect(asRun("pulumi -s standby up")).to.equal("pulumi -s standby up --yes --skip-preview --non-interactive");
    expect(asRun("pulumi -s standby config rm understudy:drill")).to.equal(
      "pulumi -s standby config rm understudy:drill",
    );
  });

  it("are told from those that only say something", () => {
    expect(["understudy status", "understudy doctor", "ssh host docker logs x"].every(isInformative)).to.equal(true);
    expect(["understudy rejoin host-a", "understudy up", "pulumi -s x up"].some(isInformative)).to.equal(false);
  });

  it("stand in a table with their exit codes, or as none, and with whether they helped", () => {
    expect(adviceInWords({ ran: [], worked: true, left: null })).to.equal("none needed");
    const ran = [{ by: "status", command: "understudy up", exitCode: 3 }] as const;
    expect(adviceInWords({ ran, worked: false, left: "x" })).to.equal("up (3), **did not help**");
  });
});
