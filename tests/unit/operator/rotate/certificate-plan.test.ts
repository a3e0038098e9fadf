import { expect } from "chai";
import {
  certificateStepWords,
  planAuthority,
  planLeaves,
  type CertificateFacts,
  type CertificateRotation,
  type CertificateStep,
} from "../../../../operator/rotate/certificate-plan";
import type { Phase } from "../../../../operator/certificates/exchange";

type Ca = "old" | "new";
const HOSTS = ["host-a", "host-b"] as const;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 86_400_000;

/** What a config or a host has: who made its certificates and when, and whom it believes. */
interface Has {
  readonly ca: Ca;
  readonly madeMs: number;
  readonly trust: readonly Ca[];
}

/** A pair as it would be; each part of a step is a moment at which a run may be cut off. */
class Pair {
  readonly start: Has = { ca: "old", madeMs: 0, trust: ["old"] };
  config: Record<string, Has> = { "host-a": this.start, "host-b": this.start };
  files: Record<string, Has> = { "host-a": this.start, "host-b": this.start };
  redis: Record<string, Has> = { "host-a": this.start, "host-b": this.start };
  next: Ca | null = null;
  issuer: Ca = "old";
  nowMs = YEAR_MS;
  primary = "host-a";

  phase(): Phase {
    const all = HOSTS.map((host) => this.config[host] ?? this.start);
    const coming = this.next ?? this.issuer;
    const trusted = all.every(({ trust }) => trust.includes(coming));
    if (this.next !== null || !trusted) return trusted ? "added" : "adding";
    if (!all.every(({ ca }) => ca === coming)) return "renewing";
    return all.every(({ trust }) => trust.length === 1) ? "steady" : "renewed";
  }

  facts(): readonly CertificateFacts[] {
    return HOSTS.map((host) => {
      const [config, files, redis] = [this.config, this.files, this.redis].map((all) => all[host] ?? this.start) as [
        Has,
        Has,
        Has,
      ];
      const same = (one: Has): "new" | "old" => (one.ca === config.ca && one.madeMs === config.madeMs ? "new" : "old");
      return {
        ...{ host, stack: `stack-${host}`, role: host === this.primary ? "primary" : "standby" },
        ...{ oldestMs: config.madeMs, newestMs: config.madeMs },
        files: same(files),
        trust: !config.trust.every((one) => files.trust.includes(one))
          ? "old"
          : files.trust.length === config.trust.length
            ? "new"
            : "more",
        ...{ postgres: same(files), redis: same(redis) },
      };
    });
  }

  parts(step: CertificateStep): readonly (() => void)[] {
    const change = (host: string, to: Partial<Has>): void => {
      this.config[host] = { ...(this.config[host] ?? this.start), ...to };
    };
    switch (step.kind) {
      case "issue":
        return HOSTS.map((host) => () => {
          if ((this.config[host]?.madeMs ?? 0) < step.beforeMs) change(host, { madeMs: this.nowMs });
        });
      case "ca":
        if (step.step === "add")
          return [() => (this.next = "new"), ...HOSTS.map((host) => () => change(host, { trust: ["old", "new"] }))];
        if (step.step === "drop") return HOSTS.map((host) => () => change(host, { trust: ["new"] }));
        return [
          () => Object.assign(this, { next: null, issuer: "new" }),
          ...HOSTS.map((host) => () => change(host, { ca: "new", madeMs: this.nowMs })),
        ];
      case "files":
        return [
          () => (this.files[step.host] = this.config[step.host] ?? this.start),
          () => (this.redis[step.host] = this.config[step.host] ?? this.start),
        ];
      case "see":
        return [
          () => {
            expect(this.redis[step.host]).to.deep.equal(this.config[step.host]);
          },
        ];
    }
  }

  /** @throws Error where one of the hosts, or a session of ours, would refuse what another one shows */
  expectAllBelieve(): void {
    for (const who of HOSTS) {
      for (const whom of HOSTS) {
        const believes = this.files[who]?.trust ?? [];
        for (const shown of [this.files[whom], this.redis[whom], this.config[whom]])
          if (!believes.includes(shown?.ca ?? "old")) throw new Error(`${who} refuses ${whom}`);
        // Our own sessions have the certificates and the CAs of a config.
        if (!this.config[who]?.trust.includes(this.redis[whom]?.ca ?? "old"))
          throw new Error(`a session with the config of ${who} refuses ${whom}`);
      }
    }
  }
}

type PlanOf = (pair: Pair) => ReturnType<typeof planLeaves>;
const leaves: PlanOf = (pair) => planLeaves(pair.phase(), pair.facts(), pair.nowMs);
const authority =
  (waits = false): PlanOf =>
  (pair) =>
    planAuthority(pair.phase(), pair.facts(), waits);

function planned(planOf: PlanOf, pair: Pair): CertificateRotation {
  const plan = planOf(pair);
  if ("refused" in plan) throw new Error(plan.refused);
  return plan;
}

/** Does so many parts from what is there, then forgets everything but the facts. */
function run(planOf: PlanOf, pair: Pair, most = Infinity): number {
  let done = 0;
  pair.nowMs += MINUTE_MS;
  const plan = planned(planOf, pair);
  // What a host was given and a server has not read waits for an `up`: a run that begins is refused until then.
  if (!plan.underWay) pair.redis = { ...pair.files };
  for (const step of plan.steps) {
    for (const part of pair.parts(step)) {
      if (done === most) return done;
      part();
      pair.expectAllBelieve();
      done += 1;
    }
  }
  return done;
}

const isNew = (pair: Pair, ca: Ca): boolean =>
  HOSTS.every((host) =>
    [pair.config, pair.files, pair.redis].every((all) => {
      const { [host]: one } = all;
      return one?.ca === ca && one.madeMs > YEAR_MS && String(one.trust) === ca;
    }),
  );

describe("the steps in which certificates are exchanged", function () {
  this.timeout(120_000);
  const KINDS: Readonly<Record<string, readonly [PlanOf, Ca]>> = {
    certificates: [leaves, "old"],
    "the CA": [authority(), "new"],
  };
  for (const [what, [planOf, ca]] of Object.entries(KINDS)) {
    it(`${what}: lead to new ones on both hosts, and nobody refuses another at any moment`, () => {
      const pair = new Pair();
      run(planOf, pair);
      expect(isNew(pair, ca)).to.equal(true);
    });

    it(`${what}: go on from the facts alone after a crash in the middle of any of them, and after a second one`, () => {
      const all = run(planOf, new Pair());
      for (let first = 0; first <= all; first += 1) {
        for (let second = 0; second <= all; second += 1) {
          const pair = new Pair();
          run(planOf, pair, first);
          // The roles may have been exchanged meanwhile.
          if (second % 2 === 1) pair.primary = "host-b";
          if (isNew(pair, ca)) continue;
          run(planOf, pair, second);
          if (!isNew(pair, ca)) run(planOf, pair);
          expect(isNew(pair, ca), `${first}, ${second}`).to.equal(true);
        }
      }
    });
  }

  it("find a host with one half of a renewal, and make no others than are left", () => {
    const pair = new Pair();
    pair.config["host-b"] = { ...pair.start, madeMs: YEAR_MS };
    const { steps, underWay } = planned(leaves, pair);
    expect(underWay).to.equal(true);
    expect(steps[0]).to.deep.equal({ kind: "issue", beforeMs: YEAR_MS - 60 * MINUTE_MS });
    pair.config["host-a"] = { ...pair.start, madeMs: YEAR_MS + MINUTE_MS };
    pair.files["host-a"] = pair.redis["host-a"] = pair.config["host-a"];
    const kinds = ["files", "files", "see", "see"];
    expect(planned(leaves, pair).steps.map(({ kind }) => kind)).to.deep.equal(kinds);
    // Its files are there, and a server was not told.
    pair.files["host-b"] = pair.config["host-b"];
    expect(planned(leaves, pair).steps.map(({ kind }) => kind)).to.deep.equal(kinds);
  });

  it("wait with the new CA's certificates until every client believes it", () => {
    const pair = new Pair();
    run(authority(true), pair);
    expect([pair.phase(), pair.config["host-a"]?.ca]).to.deep.equal(["added", "old"]);
    const { steps, later, underWay } = planned(authority(true), pair);
    expect([steps, underWay]).to.deep.equal([[], true]);
    expect(later.map(certificateStepWords)[0]).to.equal("both stacks: every certificate is made by the new CA");
    run(authority(), pair);
    expect(isNew(pair, "new")).to.equal(true);
  });

  it("take the standby first, and both hosts before the next part", () => {
    const words = planned(authority(), new Pair()).steps.map((one) =>
      one.kind === "ca" ? one.step : "host" in one ? `${one.kind} ${one.host}` : one.kind,
    );
    const both = ["files host-b", "files host-a", "see host-b", "see host-a"];
    expect(words).to.deep.equal(["add", ...both, "renew", ...both, "drop", ...both]);
  });

  const REFUSED: Readonly<Record<string, readonly [PlanOf, (pair: Pair) => void, string]>> = {
    "a CA is being exchanged": [leaves, (pair) => (pair.next = "new"), "understudy rotate ca --execute"],
    "a renewal waits": [
      authority(),
      (pair) => (pair.config["host-a"] = { ...pair.start, madeMs: YEAR_MS }),
      "understudy rotate certificates --execute",
    ],
    "a host does not believe who has signed already": [
      authority(),
      (pair) => {
        pair.issuer = "new";
        for (const host of HOSTS) pair.config[host] = { ca: "new", madeMs: YEAR_MS, trust: ["old", "new"] };
      },
      "understudy up --execute",
    ],
  };
  for (const [what, [planOf, change, next]] of Object.entries(REFUSED)) {
    it(`are none where ${what}`, () => {
      const pair = new Pair();
      change(pair);
      expect(planOf(pair)).to.have.property("next").that.includes(next);
    });
  }

  it("are none where a host cannot be read, or no host has any", () => {
    const facts = new Pair().facts();
    const without = (one: Partial<CertificateFacts>): readonly CertificateFacts[] =>
      facts.map((each, at) => (at === 0 ? { ...each, ...one } : each));
    for (const one of [{ files: "unknown" }, { redis: "unknown" }, { role: "standby" }] as const) {
      expect(planLeaves("steady", without(one), 0), JSON.stringify(one)).to.have.property("refused");
      expect(planAuthority("steady", without(one), false)).to.have.property("refused");
    }
    expect(planAuthority("none", facts, false)).to.have.property("next", "understudy certificates --execute");
    expect(planAuthority("no-key", facts, true)).to.have.property("underWay", false);
  });
});
