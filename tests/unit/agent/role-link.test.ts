import { readdirSync, readlinkSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { hostRole, RoleLink } from "../../../agent/role-link";
import type { Sight } from "../../../agent/sight";
import { temporaryFolder } from "../../support/temporary-folder";

const NOW = 1_000_000;

function sight(timescaledb: string | null, redis: string | null): Sight {
  const store = (role: string | null): object => ({
    guard: null,
    server: role === null ? null : { atMs: NOW, kind: "said", sight: { role } },
  });
  return { timescaledb: store(timescaledb), redis: store(redis) } as unknown as Sight;
}

describe("the role of a host in its log lines", () => {
  const folder = temporaryFolder();

  it("is what both stores say, and unknown where one says nothing, another, or said it long ago", () => {
    expect(hostRole(sight("primary", "primary"), NOW)).to.equal("primary");
    expect(hostRole(sight("standby", "standby"), NOW)).to.equal("standby");
    expect(hostRole(sight("primary", "standby"), NOW)).to.equal("unknown");
    expect(hostRole(sight("primary", null), NOW)).to.equal("unknown");
    expect(hostRole(sight(null, null), NOW)).to.equal("unknown");
    expect(hostRole(sight("primary", "primary"), NOW + 60_000)).to.equal("unknown");
  });

  it("is the name of one link, which is renamed", async () => {
    const roles = path.join(folder(), "roles");
    const link = new RoleLink(roles, "/engine/elsewhere");
    for (const role of ["unknown", "primary", "primary", "standby"] as const) {
      await link.say(role);
      expect(readdirSync(roles)).to.deep.equal([role]);
      expect(readlinkSync(path.join(roles, role))).to.equal("/engine/elsewhere");
    }
  });

  it("is one alone also where an agent before it left another, or two", async () => {
    const roles = path.join(folder(), "roles");
    symlinkSync("/engine/elsewhere", path.join(roles, "unknown"));
    await new RoleLink(roles, "/engine/elsewhere").say("primary");
    expect(readdirSync(roles)).to.deep.equal(["primary"]);
  });
});
