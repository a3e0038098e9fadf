import { expect } from "chai";
import { changedWays, changesByState, type Declared } from "../../../../operator/failover/applied-declaration";
import { changeIn } from "../../../../operator/failover/pending-changes";
import { resourcesOf, type StateResource } from "../../../../operator/failover/stack-state";
import { CREDENTIAL_KEYS, type Credentials, type Passwords } from "../../../../settings/credentials";
import type { Environment } from "../../../../settings/environment";
import { listenEntries, listeningOf } from "../../../../settings/listen";
import { containerName } from "../../../../settings/names";
import { declaredContainers, namedHosts } from "../../../../settings/pair";
import { isExporter, isService, SERVICES, type ContainerName } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";

const CREDENTIALS: Credentials = {
  postgres: "pg",
  replication: "rp",
  redis: "rd",
  grafana: "gf",
  backup: "bk",
  roles: "rt",
};
const BACKUP = { image: "backup:1", memory_mib: 256 };
const SIG = "4dabf18193072939515e22adb298388d";

function declaredBy(environment: Environment, credentials = CREDENTIALS): Declared {
  const [self] = namedHosts(environment);
  if (self === undefined) throw new Error("an environment has a host");
  return { environment, self, credentials };
}

/** The state of the first host's stack, as an engine leaves it that has brought this up. */
function appliedState({ environment, self, credentials }: Declared): readonly StateResource[] {
  const urn = (type: string, name: string): string => `urn:pulumi:primary::understudy::${type}::${name}`;
  const peer = namedHosts(environment)[1];
  const one = (type: string, name: string, inputs: object, outputs: object = {}): object => ({
    ...{ urn: urn(type, name), type, inputs, outputs },
  });
  const containers = declaredContainers(environment).flatMap((name) => {
    if (isExporter(name) || name === "collector") return [];
    const { agent, backup, clients, ports: port, services } = environment;
    const door = { door: clients?.haproxy, pooler: clients?.pgbouncer, keeper: clients?.keeper };
    const { image, memory_mib: memory } = { ...services, ...door, agent, backup }[name] ?? BACKUP;
    const special: Partial<Record<ContainerName, readonly { internal: number; external: number }[]>> = {
      backup: [{ internal: 8011, external: port.backup }],
      agent: [{ internal: 8008, external: port.agent }],
      pooler: [{ internal: 6432, external: port.door_postgres }],
      door: [{ internal: 6381, external: port.door_redis }],
      keeper: [],
    };
    const ports =
      special[name] ??
      (isService(name)
        ? SERVICES[name].ports.map(({ key, inside }) => ({ internal: inside, external: port[key] }))
        : []);
    // As an engine tells them: in an order of its own.
    const listens = [...listeningOf(listenEntries(self), {}).addresses].reverse();
    const published = ports.flatMap((port) => listens.map((ip) => ({ ...port, ip })));
    const envs = name === "redis" ? [`UNDERSTUDY_PEER_ADDRESS=${peer?.replication_address ?? ""}`] : [];
    return [
      one("docker:index/remoteImage:RemoteImage", `${name}-image`, { name: image }),
      one("docker:index/container:Container", `${name}-container`, {
        name: containerName(name),
        memory,
        ports: published,
        envs,
      }),
    ];
  });
  return resourcesOf({
    deployment: {
      resources: [
        one("pulumi:pulumi:Stack", "understudy-primary", {}, { endpoints: { redis: `${self.address}:6379` } }),
        one("pulumi:providers:docker", `${self.name}-engine`, { host: self.docker }),
        ...containers,
        one("pulumi-nodejs:dynamic/understudy:StoreBootstrap", "bootstrap", {
          credentials: { [SIG]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(credentials) },
        }),
      ],
    },
  });
}

function changed(edit: (environment: Environment) => void): Environment {
  const environment = structuredClone(sampleEnvironment(2, { backup: BACKUP }));
  edit(environment);
  return environment;
}

describe("what a pair was brought up with, beside what is declared now", () => {
  const before = declaredBy(sampleEnvironment(2, { backup: BACKUP }));
  const state = appliedState(before);
  const host = before.self.name;
  const peer = namedHosts(before.environment)[1]?.name ?? "";

  it("is the same where nothing was changed", () => {
    expect(changedWays(before, state)).to.deep.equal([]);
    expect(changesByState(before, state)).to.deep.equal([]);
  });

  it("is the same where certificates have closed what speaks HTTP, and brought a front", () => {
    const closed = state.map((one) => {
      if (one.type === "pulumi:pulumi:Stack")
        return { ...one, outputs: { endpoints: { redis: `${before.self.address}:1`, loki: "127.0.0.1:13100" } } };
      const ports = one.inputs["ports"] as readonly { internal: number; ip: string }[] | undefined;
      if (ports === undefined) return one;
      const open = ports.filter(
        ({ internal, ip }) => [5432, 6379, 8011, 9094].includes(internal) || ip === "127.0.0.1",
      );
      return { ...one, inputs: { ...one.inputs, ports: open } };
    });
    const front = {
      name: "understudy-front",
      memory: 128,
      ports: [{ internal: 9443, external: 9443, ip: "10.0.0.1" }],
    };
    const [container] = state.filter(({ type }) => type === "docker:index/container:Container");
    const whole = [...closed, { ...container!, name: "front-container", inputs: front }];
    expect(changesByState(before, whole)).to.deep.equal([]);
    expect(changedWays(before, whole)).to.deep.equal([]);
    const moved = declaredBy(changed((e) => void (e.ports.front = 19443)));
    expect(changedWays(moved, whole)).to.deep.equal(["ports.front was 9443 and is 19443"]);
  });

  it("says nothing of what a state does not tell, such as an empty one or one of an older version", () => {
    expect(changedWays(before, [])).to.deep.equal([]);
    expect(
      changedWays(
        before,
        state.map((one) => ({ ...one, inputs: {}, outputs: {} })),
      ),
    ).to.deep.equal([]);
  });

  for (const [what, edit, words] of [
    ["engine's address", (e) => void (e.hosts[host]!.docker = "ssh://deploy@other:22"), `hosts.${host}.docker`],
    ["address for clients", (e) => void (e.hosts[host]!.address = "10.9.9.9"), `hosts.${host}.address`],
    [
      "peer's address",
      (e) => void (e.hosts[peer]!.replication_address = "10.9.9.9"),
      `hosts.${peer}.replication_address`,
    ],
    ["port of PostgreSQL", (e) => void (e.ports.postgres = 25432), "ports.postgres"],
    ["second port of a service", (e) => void (e.ports.alertmanager_cluster = 29094), "ports.alertmanager_cluster"],
    ["port of the backups", (e) => void (e.ports.backup = 18011), "ports.backup"],
  ] as const satisfies readonly (readonly [string, (environment: Environment) => void, string])[]) {
    it(`differs in the ${what}, and it is said how`, () => {
      const ways = changedWays(declaredBy(changed(edit)), state);
      expect(ways).to.have.length(1);
      expect(ways[0]).to.match(new RegExp(`^${words.replaceAll(".", "\\.")} was .+ and is .+$`));
    });
  }

  for (const name of Object.keys(CREDENTIAL_KEYS) as (keyof Passwords)[]) {
    it(`differs in the password ${name}, and none is told`, () => {
      const ways = changedWays(declaredBy(before.environment, { ...CREDENTIALS, [name]: "another" }), state);
      expect(ways).to.deep.equal([`understudy:${CREDENTIAL_KEYS[name]} is another one`]);
    });
  }

  it("does not miss a password that came later, with the backups", () => {
    const { postgres, roles, replication, redis, grafana } = CREDENTIALS;
    const without = appliedState({
      ...before,
      credentials: { postgres, roles, replication, redis, grafana },
    } as Declared);
    expect(changedWays(before, without)).to.deep.equal([]);
  });

  it("does not miss what passwords are derived from when it came later", () => {
    const { postgres, replication, redis, grafana, backup } = CREDENTIALS;
    const ways = changedWays(
      before,
      appliedState({ ...before, credentials: { postgres, replication, redis, grafana, backup } as Credentials }),
    );
    expect(ways).to.deep.equal(["understudy:rolesPassword is another one"]);
  });

  for (const [what, edit, changes] of [
    [
      "an image",
      (e) => void (e.services.redis.image = "redis:other"),
      [
        { host, resource: "redis-image", change: "replace" },
        { host, resource: "redis-container", change: "replace" },
      ],
    ],
    [
      "what the ports listen on",
      (e) => void (e.hosts[host]!.listen = ["0.0.0.0"]),
      declaredContainers(before.environment).map((name) => ({
        ...{ host, resource: `${name}-container`, change: "replace" },
      })),
    ],
    ["memory", (e) => void (e.services.loki.memory_mib += 1), [{ host, resource: "loki-container", change: "update" }]],
    [
      "a container less",
      (e) => {
        delete e.backup;
      },
      [{ host, resource: "backup-container", change: "delete" }],
    ],
  ] as const satisfies readonly (readonly [string, (environment: Environment) => void, readonly object[]])[]) {
    it(`would be changed by an up: ${what}`, () => {
      expect(changesByState(declaredBy(changed(edit)), state)).to.deep.equal(changes);
      expect(changedWays(declaredBy(changed(edit)), state)).to.deep.equal([]);
    });
  }

  it("would be changed by an up: a container more", () => {
    const fewer = state.filter(({ name }) => !name.startsWith("backup-"));
    expect(changesByState(before, fewer)).to.deep.equal([{ host, resource: "backup-container", change: "create" }]);
  });
});

describe("a change that a preview tells of", () => {
  const event = (op: string, urn: string, type = "docker:index/container:Container"): Parameters<typeof changeIn>[0] =>
    ({ sequence: 1, timestamp: 1, resourcePreEvent: { metadata: { op, urn, type, provider: "" } } }) as never;

  it("is a creation, an update, a deletion or a replacement of what is no part of a drill", () => {
    const urn =
      "urn:pulumi:standby::understudy::understudy:index:Redis$docker:index/container:Container::redis-container";
    for (const change of ["create", "update", "delete", "replace"] as const)
      expect(changeIn(event(change, urn), "host-b")).to.deep.equal({
        host: "host-b",
        resource: "redis-container",
        change,
      });
    for (const op of ["same", "read", "create-replacement", "delete-replaced", "refresh"])
      expect(changeIn(event(op, urn), "host-b"), op).to.equal(undefined);
  });

  it("is a declared provider's, and none of one that the engine made for the steps of a drill", () => {
    const provider = (name: string): ReturnType<typeof changeIn> => {
      const type = "pulumi:providers:pulumi-nodejs";
      return changeIn(event("delete", `urn:pulumi:standby::understudy::${type}::${name}`, type), "host-b");
    };
    expect(["default", "default_4_8_0"].map(provider)).to.deep.equal([undefined, undefined]);
    expect(provider("engine")).to.deep.equal({ host: "host-b", resource: "engine", change: "delete" });
  });

  it("is none of the drill or of the stack itself", () => {
    const drill = "urn:pulumi:standby::understudy::understudy:index:Drill";
    expect(changeIn(event("delete", `${drill}::drill`, "understudy:index:Drill"), "host-b")).to.equal(undefined);
    expect(
      changeIn(event("delete", `${drill}$pulumi-nodejs:dynamic/understudy:DrillStep::drill-verify`), "host-b"),
    ).to.equal(undefined);
    expect(changeIn(event("create", "urn::x::pulumi:pulumi:Stack::x", "pulumi:pulumi:Stack"), "host-b")).to.equal(
      undefined,
    );
  });
});
