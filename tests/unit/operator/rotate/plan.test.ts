import { expect } from "chai";
import {
  planRotation,
  type Has,
  type HostFacts,
  type RotationPlan,
  type RotationStep,
} from "../../../../operator/rotate/plan";

type Value = "old" | "new";
const HOSTS = ["host-a", "host-b"] as const;
const PRIMARY = "host-a";

/** A pair as it would be: who has which value, and which the servers take. */
class Pair {
  config = { "host-a": new Set<Value>(["old"]), "host-b": new Set<Value>(["old"]) };
  current: Record<string, Value> = { "host-a": "old", "host-b": "old" };
  files: Record<string, Set<Value>> = { "host-a": new Set(["old"]), "host-b": new Set(["old"]) };
  redis: Record<string, Set<Value>> = { "host-a": new Set(["old"]), "host-b": new Set(["old"]) };
  /** Each host's own has one password, and the repository on it two keys at most. */
  grafana: Record<string, Value> = { "host-a": "old", "host-b": "old" };
  repository: Record<string, Set<Value>> = { "host-a": new Set(["old"]), "host-b": new Set(["old"]) };
  /** A standby has it by replication, and some time later. */
  postgres: Record<string, Value> = { "host-a": "old", "host-b": "old" };
  primary: string = PRIMARY;
  constructor(
    readonly stores: {
      readonly postgres: boolean;
      readonly redis: boolean;
      readonly grafana?: boolean;
      readonly repository?: boolean;
    },
    readonly keepsOld = false,
    readonly inFiles = true,
  ) {}

  facts(): readonly HostFacts[] {
    const has = (set: ReadonlySet<Value>): Has => (set.size === 2 ? "both" : set.has("new") ? "new" : "old");
    return HOSTS.map((host) => ({
      ...{ host, stack: `stack-${host}`, role: host === this.primary ? "primary" : "standby" },
      config: { current: this.current[host] ?? "old", former: this.config[host].size === 2 || this.isKept(host) },
      files: this.inFiles ? has(this.files[host] ?? new Set()) : null,
      postgres: this.stores.postgres ? (this.postgres[host] ?? null) : null,
      redis: this.stores.redis ? has(this.redis[host] ?? new Set()) : null,
      grafana: this.stores.grafana === true ? (this.grafana[host] ?? null) : null,
      repository: this.stores.repository === true ? has(this.repository[host] ?? new Set()) : null,
    }));
  }
  kept = new Set<string>();
  isKept(host: string): boolean {
    return this.kept.has(host);
  }

  plan(): RotationPlan {
    const plan = planRotation({ hosts: this.facts(), keepsOld: this.keepsOld });
    if ("refused" in plan) throw new Error(plan.refused);
    return plan;
  }

  /** What a step does, in parts between which a run may be cut off. */
  parts(step: RotationStep): readonly (() => void)[] {
    switch (step.kind) {
      case "keep-old":
        return [() => this.kept.add(this.hostOf(step.stack))];
      case "write-new":
        return [
          () => {
            const host = this.hostOf(step.stack);
            this.current[host] = "new";
            this.config[host].add("new");
          },
        ];
      case "files": {
        const values: readonly Value[] = step.has === "both" ? ["old", "new"] : ["new"];
        return [() => (this.files[step.host] = new Set(values)), () => (this.redis[step.host] = new Set(values))];
      }
      case "tell-primary":
        return [() => (this.postgres[step.host] = "new"), () => (this.postgres = { "host-a": "new", "host-b": "new" })];
      case "tell-host":
        return [
          () => {
            // By what the files of its container have.
            expect(this.files[step.host]?.has("new")).to.equal(true);
            if (step.what === "grafana") this.grafana[step.host] = "new";
            else this.repository[step.host]?.add("new");
          },
        ];
      case "drop-key":
        return [
          () => {
            expect(this.files[step.host]?.size, "the former one is known").to.equal(2);
            this.repository[step.host]?.delete("old");
          },
        ];
      case "forget-old":
        return [
          () => {
            this.kept.delete(this.hostOf(step.stack));
            this.config[this.hostOf(step.stack)] = new Set(["new"]);
          },
        ];
      case "see-new": {
        // It waits until the standby has received it; a Redis that was not told would never be seen to take it.
        const taken = this.postgres[this.primary] ?? "old";
        return [
          () => {
            this.postgres = { "host-a": taken, "host-b": taken };
            if (this.stores.redis) expect(this.redis[step.host]?.has("new")).to.equal(true);
          },
        ];
      }
      case "see-only-new":
        return [() => undefined];
    }
  }

  /** @throws Error when one host could not log in to the other, or a verb with one stack's config to a host */
  expectAllLogIn(): void {
    const logsIn = (
      mine: ReadonlySet<Value> | undefined,
      taken: ReadonlySet<Value> | undefined,
      words: string,
    ): void => {
      if (![...(mine ?? [])].some((one) => taken?.has(one))) throw new Error(`nobody is let in: ${words}`);
    };
    // Of an application's password nothing on a host logs in.
    for (const host of this.inFiles ? HOSTS : []) {
      for (const to of HOSTS) {
        const taken = {
          ...(this.stores.redis && { Redis: this.redis[to] }),
          ...(this.stores.postgres && { PostgreSQL: new Set([this.postgres[to] ?? "old"]) }),
          ...(this.stores.grafana === true && { Grafana: new Set([this.grafana[to] ?? "old"]) }),
          ...(this.stores.repository === true && { repository: this.repository[to] }),
        };
        for (const [store, values] of Object.entries(taken)) {
          if (to !== host) logsIn(this.files[host], values, `${host} to ${store} of ${to}`);
          logsIn(this.config[host], values, `with the config of ${host} to ${store} of ${to}`);
        }
      }
    }
  }

  isNew(): boolean {
    const only = (set: ReadonlySet<Value> | undefined): boolean => set?.size === 1 && set.has("new");
    return HOSTS.every(
      (host) =>
        only(this.config[host]) &&
        (!this.inFiles || only(this.files[host])) &&
        this.kept.size === 0 &&
        (!this.stores.postgres || this.postgres[host] === "new") &&
        (!this.stores.redis || only(this.redis[host])) &&
        (this.stores.grafana !== true || this.grafana[host] === "new") &&
        (this.stores.repository !== true || only(this.repository[host])),
    );
  }

  private hostOf(stack: string): (typeof HOSTS)[number] {
    return stack === "stack-host-a" ? "host-a" : "host-b";
  }
}

const KINDS = {
  "of PostgreSQL": { postgres: true, redis: false },
  "of Redis": { postgres: false, redis: true },
  "of both": { postgres: true, redis: true },
  "of Grafana": { postgres: false, redis: false, grafana: true },
  "of the backups": { postgres: false, redis: false, repository: true },
} as const;

/** Does so many parts of steps from what is there, then forgets everything but the facts. @returns the parts that were done */
function run(pair: Pair, most: number, seen: (step: RotationStep) => void = () => undefined): number {
  let done = 0;
  for (const step of pair.plan().steps) {
    for (const part of pair.parts(step)) {
      if (done === most) return done;
      part();
      pair.expectAllLogIn();
      done += 1;
    }
    seen(step);
  }
  return done;
}

describe("the steps in which a password is exchanged", () => {
  for (const [what, stores] of Object.entries(KINDS)) {
    it(`${what}: lead to the new one alone, and every host can log in to the other at each moment`, () => {
      const pair = new Pair(stores);
      run(pair, Infinity);
      expect(pair.isNew()).to.equal(true);
    });

    it(`${what}: go on from the facts alone after a crash in the middle of any of them, and after a second one`, () => {
      const all = run(new Pair(stores), Infinity);
      for (let first = 0; first <= all; first += 1) {
        for (let second = 0; second <= all; second += 1) {
          const pair = new Pair(stores);
          run(pair, first);
          if (pair.isNew()) continue;
          run(pair, second);
          if (!pair.isNew()) run(pair, Infinity);
          expect(pair.isNew(), `${first}, ${second}`).to.equal(true);
        }
      }
    });

    it(`${what}: go on after the roles were exchanged meanwhile`, () => {
      const all = run(new Pair(stores), Infinity);
      for (let crash = 0; crash < all; crash += 1) {
        const pair = new Pair(stores);
        run(pair, crash);
        // A standby is promoted with what it has by then.
        pair.postgres[PRIMARY] = pair.postgres["host-b"] ?? "old";
        pair.primary = "host-b";
        pair.expectAllLogIn();
        if (pair.isNew()) continue;
        run(pair, Infinity);
        expect(pair.isNew(), String(crash)).to.equal(true);
      }
    });

    it(`${what}: begin with the former one where the config alone was changed`, () => {
      const pair = new Pair(stores);
      for (const host of HOSTS) {
        pair.current[host] = "new";
        pair.config[host] = new Set(["new"]);
      }
      const { steps, underWay } = pair.plan();
      expect(steps.slice(0, 2).map(({ kind }) => kind)).to.deep.equal(["keep-old", "keep-old"]);
      expect(steps.some(({ kind }) => kind === "write-new")).to.equal(false);
      expect(underWay).to.equal(true);
    });
  }

  it("go on after a crash at each of them where no file has it, as of an application without a user of Redis", () => {
    const make = (): Pair => new Pair(KINDS["of PostgreSQL"], false, false);
    const all = run(make(), Infinity);
    for (let crash = 0; crash <= all; crash += 1) {
      const pair = make();
      run(pair, crash);
      if (!pair.isNew()) run(pair, Infinity);
      expect(pair.isNew(), String(crash)).to.equal(true);
    }
    expect(
      make()
        .plan()
        .steps.some(({ kind }) => kind === "files"),
    ).to.equal(false);
  });

  it("keep the former one until the operator says so, where clients have it", () => {
    const pair = new Pair(KINDS["of Redis"], true);
    const kinds: string[] = [];
    run(pair, Infinity, ({ kind }) => kinds.push(kind));
    expect(kinds).to.not.include("forget-old");
    expect(HOSTS.map((host) => pair.redis[host]?.size)).to.deep.equal([2, 2]);
    expect(pair.plan()).to.deep.include({ steps: [], underWay: true });
    expect(pair.plan().later.map(({ kind }) => kind)).to.include("forget-old");
    const dropping = new Pair(KINDS["of Redis"]);
    for (const key of ["config", "current", "files", "redis", "kept"] as const)
      Object.assign(dropping, { [key]: pair[key] });
    run(dropping, Infinity);
    expect(dropping.isNew()).to.equal(true);
  });

  it("take the standby first where the order is free, and tell PostgreSQL only when both hosts have both", () => {
    const { steps } = new Pair(KINDS["of both"]).plan();
    const words = steps.map((one) => `${one.kind} ${"host" in one ? one.host : one.stack}`);
    expect(words).to.deep.equal([
      ...["keep-old stack-host-b", "keep-old stack-host-a", "write-new stack-host-b", "write-new stack-host-a"],
      ...["files host-b", "files host-a", "tell-primary host-a", "see-new host-b", "see-new host-a"],
      ...["forget-old stack-host-b", "forget-old stack-host-a", "files host-b", "files host-a"],
      ...["see-only-new host-b", "see-only-new host-a"],
    ]);
  });

  it("tell a Grafana whose data a restore brought back, whatever it takes", () => {
    const hosts = new Pair(KINDS["of Grafana"]).facts().map((one) => ({ ...one, grafana: "other" as const }));
    const plan = planRotation({ hosts, keepsOld: false });
    expect("steps" in plan && plan.steps.filter(({ kind }) => kind === "tell-host")).to.have.length(2);
  });

  const sound = (): readonly HostFacts[] => new Pair(KINDS["of both"]).facts();
  const REFUSED: Readonly<Record<string, Partial<HostFacts>>> = {
    "one host is to be primary": { role: "standby" },
    "the files of host-a cannot be read": { files: "unknown" },
    "PostgreSQL of host-a does not say": { postgres: "unknown" },
    "Redis of host-a takes neither": { redis: "other" },
    "Grafana of host-a does not say": { grafana: "unknown" },
    "the repository on host-a cannot be asked": { repository: "unknown" },
    "the repository on host-a is opened neither": { repository: "other" },
  };
  for (const [words, wrong] of Object.entries(REFUSED)) {
    it(`are none where ${words}`, () => {
      const hosts = sound().map((one) => (one.host === PRIMARY ? { ...one, ...wrong } : one));
      expect(planRotation({ hosts, keepsOld: false }))
        .to.have.property("refused")
        .that.includes(words);
    });
  }
});
