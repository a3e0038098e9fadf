import { expect } from "chai";
import { containerName, EVENTS_TABLE, filePath, filesVolumeName, slotName, volumeName } from "../../../settings/names";
import { SERVICE_NAMES } from "../../../settings/services";

describe("names", () => {
  it("make slots that PostgreSQL accepts of every host name the environment allows", () => {
    expect(slotName("host-b")).to.equal("understudy_host_b");
    expect(slotName(`a${"-".repeat(30)}`)).to.match(/^[a-z0-9_]{1,63}$/);
    expect(slotName("a-b-c")).to.equal("understudy_a_b_c");
  });

  it("are one container and two volumes a service, none shared", () => {
    const all = SERVICE_NAMES.flatMap((service) => [
      ...[containerName(service), volumeName(service), filesVolumeName(service)],
    ]);
    expect(new Set(all).size).to.equal(3 * SERVICE_NAMES.length);
    expect(filesVolumeName("redis")).to.equal("understudy-redis-files");
    expect(filePath("rules/understudy.yml")).to.equal("/understudy/files/current/rules/understudy.yml");
    expect(containerName("redis")).to.equal("understudy-redis");
    expect(volumeName("redis")).to.equal("understudy-redis-data");
  });

  it("qualify the journal's table with its schema", () => {
    expect(EVENTS_TABLE.split(".")).to.deep.equal(["understudy", "events"]);
  });
});
