import { expect } from "chai";
import { readCommands, readCommandsIn } from "../../../../operator/salvage/read-commands";

const HOST = { docker: "ssh://root@host-b.example" };

describe("the commands that read a store of its own container", () => {
  it("name the container of a salvage, and its socket", () => {
    const [redis = ""] = readCommands(HOST, "redis", "db5");
    expect(redis).to.match(/ docker exec -it understudy-salvage-redis redis-cli -s \/tmp\/redis\.sock -n 5$/);
    expect(readCommands(HOST, "timescaledb", "shop")[0]).to.include("understudy-salvage-timescaledb psql -h /tmp");
  });

  it("name the container of a restored backup", () => {
    const there = { container: "understudy-scratch-0a1b-redis", redis: "" };
    expect(readCommandsIn(HOST, "redis", "db0", there)[0]).to.match(
      / docker exec -it understudy-scratch-0a1b-redis redis-cli -n 0$/,
    );
    const [psql = "", dump = ""] = readCommandsIn(HOST, "timescaledb", "shop", { ...there, container: "c" });
    expect(psql).to.match(/ docker exec -it c psql -h \/tmp -U postgres -d shop$/);
    expect(dump).to.match(/ docker exec c pg_dump -h \/tmp -U postgres -d shop >shop\.sql$/);
  });
});
