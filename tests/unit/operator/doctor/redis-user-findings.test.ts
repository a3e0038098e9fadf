import { expect } from "chai";
import type { Environment } from "../../../../settings/environment";
import { parseRedisUsers, redisUserFinding } from "../../../../operator/doctor/redis-user-findings";

const said = (...lines: readonly string[]): string =>
  redisUserFinding("host-a", parseRedisUsers(`${lines.join("\n")}\n`))
    .map(({ check, host, state, fix }) => [check, host, state, fix ?? "-"].join(" | "))
    .join("\n");

describe("what doctor says of the users with which our sessions log in to Redis", () => {
  it("is good where they are let in, whoever follows as one of them", () => {
    expect(said("known", "in", "standby understudy_replication", "end")).to.equal("redis users | host-a | good | -");
    expect(said("known", "in", "end")).to.equal("redis users | host-a | good | -");
  });

  it("names what mends it where our sessions, or a standby, are `default`", () => {
    expect(said("end")).to.equal("redis users | host-a | problem | understudy up --execute");
    expect(said("known", "out", "end")).to.match(/problem \| docker logs understudy-redis/);
    expect(said("known", "in", "standby default", "end")).to.match(/problem \| on the standby's host: docker restart/);
  });

  it("is nothing where the server does not say", () => {
    expect(said("known", "end")).to.equal("");
  });

  it("names users that are neither ours nor declared, and so stay unseen otherwise", () => {
    const found = parseRedisUsers("known\nin\nuser default\nuser understudy_guard\nuser shop\nuser till\nend\n");
    const declared = { till: { redis: {} }, shop: {} } as unknown as Environment["applications"];
    const details = redisUserFinding("host-a", found, declared).map(({ state, detail }) => `${state}: ${detail}`);
    expect(details[1]).to.equal(
      "good: users that nobody declares, made by hand or no longer declared, which may log in: shop",
    );
  });

  it("tells of lines that are kept aside", () => {
    expect(said("known", "in", "aside", "end")).to.match(/good \| -\n.*problem \| make these users anew/s);
  });
});
