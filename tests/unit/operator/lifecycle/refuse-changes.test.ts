import { expect } from "chai";
import {
  declaredChanges,
  keptChanges,
  passwordChanges,
  superuserChange,
  refusalOfChanges,
  type Change,
  type MadeOf,
} from "../../../../operator/lifecycle/refuse-changes";
import { namedHosts, type NamedHost } from "../../../../settings/pair";
import { STORE_NAMES } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";

const FILE = "pair.yaml";
const environment = sampleEnvironment(2);
const [host, peer] = namedHosts(environment) as [NamedHost, NamedHost];

/** What both stores of the first host were made with. */
function made(
  variables: Readonly<Record<string, string>> = {},
  published?: number,
  how: Pick<MadeOf, "healthy" | "reached"> & Partial<MadeOf> = { healthy: true, reached: true },
): readonly MadeOf[] {
  return STORE_NAMES.map((store) => ({
    store,
    variables: new Map(
      Object.entries({
        ...{ UNDERSTUDY_HOST: host.name, UNDERSTUDY_PEER_HOST: peer.name },
        ...{ UNDERSTUDY_PEER_ADDRESS: peer.replication_address, ...variables },
      }),
    ),
    listens: ["0.0.0.0"],
    ...how,
    published: published ?? environment.ports[store === "redis" ? "redis" : "postgres"],
  }));
}
const changes = (stores: readonly MadeOf[], other: NamedHost | undefined = peer): readonly Change[] =>
  declaredChanges({ host, peer: other }, environment, stores, FILE);

describe("what a running pair cannot take", () => {
  it("is nothing where all is as it was made, where nothing runs, and where a pair grows or shrinks", () => {
    expect(changes(made())).to.deep.equal([]);
    expect(changes([])).to.deep.equal([]);
    expect(changes(made({ UNDERSTUDY_PEER_HOST: "", UNDERSTUDY_PEER_ADDRESS: "" }))).to.deep.equal([]);
    expect(declaredChanges({ host, peer: undefined }, environment, made(), FILE)).to.deep.equal([]);
    expect(refusalOfChanges([])).to.equal(undefined);
  });

  it("is another address or port: put back, or taken with an interruption, once for both stores", () => {
    const [address, ...more] = changes(made({ UNDERSTUDY_PEER_ADDRESS: "198.51.100.9" }));
    expect(more).to.deep.equal([]);
    expect(address?.words).to.equal(
      `hosts.${peer.name}.replication_address: ${host.name} runs with 198.51.100.9, declared is ${peer.replication_address}`,
    );
    expect(address?.way)
      .to.include("put the old value back in pair.yaml")
      .and.include(
        "understudy down --env-config pair.yaml --execute, then understudy up --env-config pair.yaml --execute",
      );
    expect(changes(made({}, 6000)).map(({ words }) => words.split(",", 1)[0])).to.have.members([
      `ports.postgres: ${host.name} runs with 6000`,
      `ports.redis: ${host.name} runs with 6000`,
    ]);
  });

  it("is an address of a host at which nobody answers although its stores are well, and not one of stores that wait", () => {
    const [first, ...more] = changes(made({}, undefined, { healthy: true, reached: false }));
    expect(more).to.have.length(1);
    expect(first?.words).to.match(/^hosts\.host-a\.address: \w+ on host-a is healthy, and nothing answers at /);
    expect(first?.way).to.equal("declare in pair.yaml the address at which clients reach host-a");
    expect(changes(made({}, undefined, { healthy: false, reached: false }))).to.deep.equal([]);
    const moved = changes(made({}, 6000, { healthy: true, reached: false }));
    expect(moved.every(({ words }) => words.startsWith("ports."))).to.equal(true);
  });

  it("is no address of a host on which its ports are only going to listen: whether they can is asked of the host", () => {
    const unreached = { healthy: true, reached: false };
    expect(changes(made({}, undefined, { ...unreached, listens: ["10.9.9.9", "127.0.0.1"] }))).to.deep.equal([]);
    expect(changes(made({}, undefined, { ...unreached, listens: [host.address] }))).to.have.length(2);
  });

  it("is another name, of this host or of the other one: it keeps its name", () => {
    const [own] = changes(made({ UNDERSTUDY_HOST: "host-old" }));
    expect(own?.words).to.include("host-old").and.include(host.name);
    expect(own?.way).to.match(/^put the name host-old back in pair.yaml, and in understudy:host/);
    expect(changes(made({ UNDERSTUDY_PEER_HOST: "host-old" }))).to.have.length(1);
  });

  it("is a password that a living store does not accept, with the command that puts the old one back", () => {
    const [postgres, redis] = passwordChanges(host, [
      { password: "postgres", key: "postgresPassword", old: "ssh -- host-a docker exec x cat y" },
      { password: "redis", key: "redisPassword", old: undefined },
    ]);
    expect(postgres?.words).to.match(
      /^understudy:postgresPassword of stack primary: PostgreSQL on host-a does not accept it/,
    );
    expect(postgres?.way).to.equal(
      "give it to the running pair: understudy rotate superuser --execute; or put the old one back: ssh -- host-a docker exec x cat y | pulumi -s primary config set --secret understudy:postgresPassword",
    );
    expect(redis?.way).to.equal(
      "give it to the running pair: understudy rotate redis --execute; or put the old one back: pulumi -s primary config set --secret understudy:redisPassword",
    );
  });

  it("is a superuser's password that the host was not brought up with, where nobody logs in with it", () => {
    const now = { postgres: "new", roles: "r" };
    const [change] = superuserChange(host, now, { postgres: "old", roles: "r" });
    expect(change?.words).to.match(/^understudy:postgresPassword of stack primary: host-a was brought up with another/);
    expect(change?.way).to.include("understudy rotate superuser --execute");
    for (const [credentials, applied] of [
      [now, { postgres: "new" }],
      [now, {}],
      [{ ...now, before: { postgres: "old" } }, { postgres: "old" }],
      // A session of ours logs in with what is derived from it: the server itself says.
      [{ postgres: "new" }, { postgres: "old" }],
    ] as const)
      expect(superuserChange(host, credentials, applied)).to.deep.equal([]);
  });

  it("is Grafana's password or that of the backups, where the config alone was changed", () => {
    const now = { grafana: "new", backup: "newer" };
    const [grafana, backup] = keptChanges(host, now, { grafana: "old", backup: "older" });
    expect(grafana?.words).to.match(/^understudy:grafanaPassword of stack primary: host-a was brought up with another/);
    expect(grafana?.way).to.include("understudy rotate grafana --execute");
    expect(backup?.way).to.include("understudy rotate backup --execute");
    for (const [credentials, applied] of [
      [now, now],
      [now, {}],
      [{}, { grafana: "old", backup: "older" }],
      [
        { ...now, before: { grafana: "old", backup: "older" } },
        { grafana: "old", backup: "older" },
      ],
    ] as const)
      expect(keptChanges(host, credentials, applied)).to.deep.equal([]);
  });

  it("is refused all at once, and says that nothing was changed", () => {
    const all = [...changes(made({ UNDERSTUDY_PEER_ADDRESS: "198.51.100.9" }, 6000))];
    const refusal = refusalOfChanges(all);
    expect(refusal).to.include({ exitCode: 3 });
    expect(refusal?.message).to.match(/^a running pair cannot take this change, and nothing was changed\. /);
    for (const { words } of all) expect(refusal?.message).to.include(words);
    expect(refusal?.next.match(/understudy down/g), "the same way once").to.have.length(1);
  });
});
